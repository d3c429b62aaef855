/** `kafka.do` for Workers: the SDK over WebSocket, and over TCP and TLS to any Kafka. */

import { InvalidOptionError } from './client/failure/errors.ts'
import type { KafkaOptions } from './client/settings/kafka-options.ts'
import type { OpenTransport, Platform } from './client/settings/platform.ts'
import { Kafka as BaseKafka } from './streams/streaming-kafka.ts'
import { webPlatform } from './web-platform.ts'

/** Loaded where it is used: only workerd has the module that it imports. */
function openSocket({ secure }: { readonly secure: boolean }): OpenTransport {
  return async (_url, _logger, tls) => {
    if (tls.ca !== undefined || tls.cert !== undefined) {
      const expected = 'left out in a Worker, which trusts whom its platform trusts'
      throw new InvalidOptionError({ option: 'tls', expected, actual: 'a certificate' })
    }
    const { WorkerdTcpDialer } = await import('./connection/workerd-tcp-dialer.ts')
    return { dialer: new WorkerdTcpDialer({ secure }) }
  }
}

const workerdPlatform: Platform = {
  ...webPlatform,
  transports: {
    ...webPlatform.transports,
    kafka: openSocket({ secure: false }),
    kafkas: openSocket({ secure: true }),
  },
}

/**
 * A client of one or more brokers. What it opens belongs to the request that it was opened in:
 * begin one for each request, or keep it in a Durable Object.
 */
export class Kafka extends BaseKafka {
  /** A `MockKafka` is one, too, though it is of another entry. @internal */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return this === Kafka ? value instanceof BaseKafka : super[Symbol.hasInstance](value)
  }

  /** Nothing connects before the first operation. @throws InvalidOptionError */
  constructor(options: KafkaOptions = {}) {
    super(options, workerdPlatform)
  }
}

export * from './exports.ts'
export * from './streams/exports.ts'
