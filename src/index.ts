/** `kafka.do` for browsers and the edge: the SDK over WebSocket. */

import { Kafka as BaseKafka } from './client/kafka.ts'
import type { KafkaOptions } from './client/kafka-options.ts'
import type { Platform } from './client/platform.ts'
import { WebSocketDialer } from './connection/web-socket-dialer.ts'
import { webCodecs } from './record/web-compression.ts'
import { silentLogger } from './runtime/runtime.ts'
import { systemClock, systemRandom } from './runtime/system-runtime.ts'

const webPlatform: Platform = {
  transports: {
    http: () => ({ dialer: new WebSocketDialer() }),
    https: () => ({ dialer: new WebSocketDialer({ secure: true }) }),
  },
  clock: systemClock,
  random: systemRandom,
  codecs: webCodecs,
  env: {},
  logger: silentLogger,
}

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
