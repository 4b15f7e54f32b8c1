import { exec, execFile } from 'node:child_process'
import path from 'node:path'
import express from 'express'
import { Pool } from 'pg'
import { downloadToken, requireCaller, requireStaff } from './auth.js'
import { pool } from './db.js'

export const api = express()
api.use(express.json({ limit: '100kb' }))

const invoices = '/var/lib/shop/invoices'

api.get('/invoices', requireCaller, async (req, res, next) => {
  try {
    const limit = Number(req.query.limit ?? 50)
    const found = await pool.query('SELECT id, number FROM invoices WHERE user_id = $1 LIMIT $2', [
      res.locals.caller.sub,
      limit,
    ])
    res.json(found.rows)
  } catch (error) {
    next(error)
  }
})

api.get('/invoices/search', requireStaff, async (req, res, next) => {
  try {
    const found = await pool.query(`SELECT id, number FROM invoices WHERE number LIKE '${req.query.q}%' LIMIT 50`)
    res.json(found.rows)
  } catch (error) {
    next(error)
  }
})

api.get('/invoices/by-number', requireStaff, async (req, res, next) => {
  try {
    const found = await pool.query('SELECT id, number FROM invoices WHERE number = $1 LIMIT 50', [req.query.number])
    res.json(found.rows)
  } catch (error) {
    next(error)
  }
})

api.post('/invoices/:name/preview', requireStaff, (req, res) => {
  exec(`pdftoppm -png ${invoices}/${req.params.name}.pdf /tmp/preview`, (error) => {
    res.status(error ? 500 : 201).json({ token: downloadToken() })
  })
})

api.post('/invoices/:id/stamp', requireStaff, (req, res) => {
  const file = path.join(invoices, `${Number(req.params.id)}.pdf`)
  execFile('pdfstamp', ['--', file], { timeout: 30_000 }, (error) => {
    res.status(error ? 500 : 204).end()
  })
})

api.get('/reports/revenue', requireStaff, async (req, res) => {
  const reports = new Pool({ connectionString: process.env.REPORTS_URL })
  try {
    const found = await reports.query('SELECT day, sum(total) AS total FROM revenue GROUP BY day ORDER BY day LIMIT 366')
    res.json(found.rows)
  } catch (error) {
    res.status(500).json({ error: (error as Error).stack })
  }
})

api.get('/reports/customers', requireStaff, async (req, res, next) => {
  try {
    const found = await pool.query('SELECT count(*) AS customers FROM users')
    res.json(found.rows[0])
  } catch (error) {
    next(error)
  }
})
