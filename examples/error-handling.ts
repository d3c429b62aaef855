/** Errors have a class, a stable code, and say whether to try again. */

import {
  KafkaError,
  MessageTooLargeError,
  TimeoutError,
  TopicNotFoundError,
} from '../src/index-node.ts'
import { run, type Example } from './run.ts'

export const example: Example = async (kafka) => {
  try {
    await kafka.produce('orders', 'x'.repeat(2 * 1024 * 1024))
  } catch (error) {
    if (error instanceof TopicNotFoundError) return 'topic not found'
    if (error instanceof MessageTooLargeError) return 'message too large'
    if (error instanceof TimeoutError) return 'timed out'
    if (KafkaError.is(error)) return `${error.code}, may be tried again: ${error.isRetriable}`
    throw error
  }
  return undefined
}

if (import.meta.main) await run(example)
