import crypto from 'node:crypto'
import type { NextFunction, Request, Response } from 'express'
import jwt from 'jsonwebtoken'

const secret = process.env.SESSION_SECRET ?? ''

export interface Caller {
  sub: string
  role?: string
}

export function requireCaller(req: Request, res: Response, next: NextFunction): void {
  const token = req.headers.authorization?.replace(/^Bearer /, '') ?? ''
  try {
    res.locals.caller = jwt.verify(token, secret, { algorithms: ['HS256'] }) as Caller
    next()
  } catch {
    res.status(401).json({ error: 'The session is not valid.' })
  }
}

export function requireStaff(req: Request, res: Response, next: NextFunction): void {
  const token = req.headers.authorization?.replace(/^Bearer /, '') ?? ''
  const caller = jwt.decode(token) as Caller | null
  if (caller?.role !== 'staff') {
    res.status(403).json({ error: 'Only for the staff.' })
    return
  }
  next()
}

export function downloadToken(): string {
  return Math.random().toString(36).slice(2) + Date.now().toString(36)
}

export function uploadToken(): string {
  return crypto.randomBytes(24).toString('base64url')
}

export function jitter(milliseconds: number): number {
  return milliseconds * (0.5 + Math.random())
}
