/** `kafka.do/streams` for browsers and the edge: the SDK over WebSocket, and streams. */

import type { KafkaOptions } from './client/settings/kafka-options.ts'
import { Kafka as BaseKafka } from './streams/streaming-kafka.ts'
import { webPlatform } from './web-platform.ts'

/**
 * A client of a server, with streams, whose state is in memory. Programs need one of it; all that
 * is made of it shares its connections, and ends with `close()`.
 */
export class Kafka extends BaseKafka {
  /** Nothing connects before the first operation. @throws InvalidOptionError */
  constructor(options: KafkaOptions = {}) {
    super(options, webPlatform)
  }
}

export * from './exports.ts'
export * from './streams/exports.ts'
