/** Every operation takes a signal to give it up, and a time that it may take. */

import { TimeoutError } from '../src/index-node.ts'
import { run, type Example } from './run.ts'

export const example: Example = async (kafka) => {
  const consumer = kafka.consumer('orders', { group: 'order-processor' })
  const controller = new AbortController()
  const waiting = consumer.next({ signal: controller.signal })
  controller.abort(new Error('no longer wanted'))
  const cancelled = await waiting.catch((error: Error) => error.message)

  const late = await consumer.next({ timeout: '10ms' }).catch((error: Error) => error)
  await consumer.close()
  return { cancelled, isLate: late instanceof TimeoutError }
}

if (import.meta.main) await run(example)
