/** Exponential backoff, for errors that may pass. */

import { TimeoutError, withRetry } from '../src/index-node.ts'
import { orders } from './order.ts'
import { run, type Example } from './run.ts'

export const example: Example = async (kafka) => {
  let attempts = 0
  const sent = await withRetry(
    async () => {
      if (++attempts < 3) throw new TimeoutError('not yet')
      return kafka.produce('orders', orders[0]!)
    },
    { maxAttempts: 3, baseDelay: '1ms' },
  )
  return { attempts, offset: sent.offset }
}

if (import.meta.main) await run(example)
