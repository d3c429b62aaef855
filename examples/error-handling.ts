/** Errors have a class, a stable code, and say whether to try again. */

import {
  KafkaError,
  MessageTooLargeError,
  TimeoutError,
  TopicNotFoundError,
} from '../src/index-node.ts'
import { run, type Example } from './run.ts'

function explain(error: unknown): string {
  if (error instanceof TopicNotFoundError) return 'topic not found'
  if (error instanceof MessageTooLargeError) return 'message too large'
  if (error instanceof TimeoutError) return 'timed out'
  if (!KafkaError.is(error)) throw error
  const advice = error.isRetriable ? 'may be tried again' : 'will fail again'
  return `${error.code}, ${advice}: ${error.message}`
}

export const example: Example = async (kafka) => {
  const producer = kafka.producer('orders')
  const failures = [
    kafka.admin.describeTopic('no-such-topic'),
    producer.send('x'.repeat(2 * 1024 * 1024)),
    kafka.consumer('orders').next({ timeout: '1ms' }),
    producer.send(() => 'functions have no JSON'),
  ]
  return Promise.all(failures.map((failure) => failure.catch(explain)))
}

if (import.meta.main) await run(example)
