/** Work for several cores: a handler gives each record to a thread, and waits for it. */

import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { orders, type Order } from './order.ts'
import { run, type Example } from './run.ts'

const program = `
  const { parentPort } = require('node:worker_threads')
  parentPort.on('message', ({ orderId, amount }) => parentPort.postMessage([orderId, amount * 2]))
`

export const example: Example = async (kafka) => {
  await kafka.producer<Order>('orders').sendBatch(orders)
  const idle = Array.from({ length: 2 }, () => new Worker(program, { eval: true }))
  const threads = [...idle]
  const controller = new AbortController()
  const doubled = new Map<string, number>()
  await kafka.consumer<Order>('orders', { group: 'parallel-processor' }).process(
    async (record) => {
      const thread = idle.pop()!
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has none
      thread.postMessage(record.value)
      const [[orderId, amount]] = (await once(thread, 'message')) as [[string, number]]
      idle.push(thread)
      doubled.set(orderId, amount)
      if (doubled.size === orders.length) controller.abort()
    },
    { concurrency: threads.length, signal: controller.signal },
  )
  await Promise.all(threads.map((thread) => thread.terminate()))
  return orders.map(({ orderId }) => doubled.get(orderId))
}

if (import.meta.main) await run(example)
