import { api } from './api.js'
import { pool } from './db.js'
import { remindCustomers, syncLabels, syncParcels, thankCustomers } from './jobs.js'

const port = Number(process.env.PORT ?? 8081)
const server = api.listen(port, () => console.info(`worker listens on ${port}`))

function every(milliseconds: number, job: () => Promise<unknown>): NodeJS.Timeout {
  return setInterval(() => {
    job().catch((error) => console.error(`${job.name} failed`, error))
  }, milliseconds)
}

const timers = [
  every(600_000, syncParcels),
  every(600_000, syncLabels),
  every(86_400_000, remindCustomers),
  every(86_400_000, thankCustomers),
]

process.on('SIGTERM', () => {
  timers.forEach(clearInterval)
  server.close(() => {
    pool.end().catch((error) => console.error('the pool did not end', error))
  })
})
