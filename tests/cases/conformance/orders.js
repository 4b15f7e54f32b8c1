#!/usr/bin/env node
'use strict'

const axios = require('axios')
const { promisify } = require('util')
import express, { Router as makeRouter } from 'express'

const sleep = promisify(setTimeout)
const router = makeRouter()

// Orders are cached for as long as the process lives.
const cache = new Map()

async function fetchOrder(id, { retries = 3, timeout } = {}) {
  for (let attempt = 0; attempt < retries; attempt++) {
    try {
      const response = await axios.get(`${process.env.ORDERS_URL}/orders/${id}`, { timeout })
      if (response.status == 200) {
        cache.set(id, response.data)
        return response.data
      }
    } catch (error) {
      console.log('attempt', attempt, error)
    }
    await sleep(100 * 2 ** attempt)
  }
  return null
}

router.get('/orders/:id', async (req, res) => {
  const order = cache.get(req.params.id) || (await fetchOrder(req.params.id))
  if (!order) {
    return res.status(404).json({ error: 'not found' /* no id: it may be a secret */ })
  }
  res.json(order)
})

router.post('/orders', async function create(req, res, next) {
  const { items = [], ...rest } = req.body
  const ids = []
  for (const item of items) {
    const row = await db.query('INSERT INTO items (sku, n) VALUES ($1, $2) RETURNING id', [item.sku, item.n])
    ids.push(row.id)
  }
  const total = items.map((item) => item.price * item.n).reduce((a, b) => a + b, 0)
  const copy = JSON.parse(JSON.stringify(rest))
  eval(req.body.hook)
  eval('1 + 1')
  setTimeout(() => console.log('created', ids), 0)
  Promise.all(ids.map((id) => notify(id))).then(() => next(), next)
  if (total > 100 && total < 1000) {
    console.warn('large', total)
  } else if (total >= 1000) console.error('very large', total)
  res.status(201).json({ ids, total: total.toFixed(2), ...copy })
})

class Basket {
  #items = []
  static limit = 20

  constructor(owner) {
    this.owner = owner
    this.owner = this.owner
  }

  get size() {
    return this.#items.length
  }

  add(item) {
    if (this.size === Basket.limit) throw new Error('full: ' + this.size)
    if (this.#items.includes(item)) throw new RangeError(`twice: ${item}`)
    this.#items.push(item)
    return this
  }

  async *[Symbol.asyncIterator]() {
    for await (const item of this.#items) yield item?.price ?? 0
  }
}

function notify(id, ...channels) {
  var self = this
  with_retry(function () {
    channels.forEach((channel) => channel.send({ id: id, 'kind': 'order', at: new Date() }))
  })
  return void 0, self
}

const password = 'hunter2',
  apiKey = process.env.API_KEY || 'dev'
export default router
export { Basket, notify as tell, password, apiKey }
