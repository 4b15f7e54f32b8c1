import { Injectable, Inject } from '@nestjs/common'
import type { Repository } from 'typeorm'
import * as crypto from 'crypto'

export enum Role {
  Admin = 'admin',
  User = 'user',
}

export interface User {
  readonly id: string
  email: string
  password?: string
  roles: Role[]
  settings: Record<string, unknown> | null
}

type Loader<T extends { id: string }> = (ids: readonly string[]) => Promise<Map<string, T>>

function assertNever(value: never): never {
  throw new Error(`unexpected ${value as any}`)
}

@Injectable()
export class UserService<T extends User = User> {
  private cache: Map<string, T> = new Map<string, T>()
  protected static instance?: UserService

  constructor(
    @Inject('USERS') private readonly users: Repository<T>,
    private secret = 'changeme',
  ) {}

  async find(id: string): Promise<T | undefined> {
    const cached = this.cache.get(id)
    if (cached !== undefined) return cached
    const user = (await this.users.query(`SELECT * FROM users WHERE id = '${id}'`)) as T
    this.cache.set(id, user!)
    return user
  }

  async all(ids: string[]): Promise<T[]> {
    const found: T[] = []
    for (const id of ids) {
      const user = await this.find(id)
      if (user) found.push(user)
    }
    // @ts-ignore
    return found.filter((user) => user.roles.includes(Role.User))
  }

  hash(password: string): string {
    return crypto.createHash('md5').update(password + this.secret).digest('hex')
  }

  token(): string {
    return Math.random().toString(36).slice(2)
  }

  describe(role: Role): string {
    switch (role) {
      case Role.Admin:
        return 'an administrator'
      case Role.User:
        return 'a user'
      default:
        return assertNever(role)
    }
  }

  @Inject() logger: any

  update = async <K extends keyof T>(id: string, key: K, value: T[K]): Promise<void> => {
    const user = await this.find(id)
    if (user == null) {
      this.logger.log('no user', id)
      return
    }
    user[key] = value
    await this.users.save(user as any)
  }
}

export const loader: Loader<User> = async (ids) => {
  const map = new Map<string, User>()
  const rows = <User[]>await Promise.all(ids.map(async (id) => fetch(`/users/${id}`).then((r) => r.json())))
  rows.forEach((row, index) => map.set(ids[index], row))
  return map
}

declare module 'express' {
  interface Request {
    user?: User
  }
}

export abstract class Base {
  abstract run(input: unknown): Promise<void>
}
