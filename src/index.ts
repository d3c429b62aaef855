/** `kafka.do` for browsers and the edge: the SDK over WebSocket. */

import { Kafka as BaseKafka } from './client/kafka.ts'
import type { KafkaOptions } from './client/settings/kafka-options.ts'
import { webPlatform } from './web-platform.ts'

/**
 * A client of a server. Programs need one of it; all that is made of it shares its connections, and
 * ends with `close()`.
 */
export class Kafka extends BaseKafka {
  /** Nothing connects before the first operation. @throws InvalidOptionError */
  constructor(options: KafkaOptions = {}) {
    super(options, webPlatform)
  }
}

export * from './exports.ts'
