/** What becomes of a fetch that failed, by its error. */

import { deliveryErrors } from '../../protocol/delivery-errors.ts'
import type { KafkaError } from '../failure/errors.ts'

/** What brokers answer of topics that they do not have. */
export const missingErrors: ReadonlySet<number> = new Set([
  deliveryErrors.UNKNOWN_TOPIC_OR_PARTITION,
  deliveryErrors.UNKNOWN_TOPIC_ID,
  deliveryErrors.INCONSISTENT_TOPIC_ID,
])

/**
 * A topic may be unknown for a moment, and a deleted one is taken from us by the coordinator. A
 * broker that does not know what has happened to it may be all right a moment later.
 */
export function mayPass({ retriable, code }: KafkaError): boolean {
  return retriable || code === 'topic_not_found' || code === 'unknown_server_error'
}

/** How loudly it is told: what does not pass may need somebody to look at it. */
export function levelOf(attempt: number): 'debug' | 'warn' {
  return attempt % 10 === 0 ? 'warn' : 'debug'
}
