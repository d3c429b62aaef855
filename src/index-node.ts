/** `kafka.do` for Node, Bun and Deno: the SDK over WebSocket, TCP, TLS, or inside the process. */

import { installNativeText } from './bytes/node-text.ts'
import { InvalidOptionError } from './client/failure/errors.ts'
import type { KafkaOptions } from './client/settings/kafka-options.ts'
import type { OpenTransport } from './client/settings/platform.ts'
import type { Dialer } from './connection/frame.ts'
import { NodeTcpDialer } from './connection/node-tcp-dialer.ts'
import { NodeTlsDialer } from './connection/node-tls-dialer.ts'
import { NodeWebSocketDialer } from './connection/node-web-socket-dialer.ts'
import { nodeCodecs } from './record/node-compression.ts'
import { installNativeCrc32c } from './record/node-crc32c.ts'
import { environment } from './runtime/node-environment.ts'
import { silentLogger } from './runtime/runtime.ts'
import { systemClock, systemRandom } from './runtime/system-runtime.ts'
import type { OpenStateFolder } from './streams/stores/local-store.ts'
import { Kafka as BaseKafka, type StreamPlatform } from './streams/streaming-kafka.ts'

/** A program that talks to a server needs nothing of a broker: it is loaded only where one runs. */
const openEmbedded: OpenTransport = async (url, logger) => {
  const embedded = await import('./server/embedded.ts')
  return embedded.openEmbedded(url, logger)
}

/** Who says whom to trust wants TLS: all that they send would be for everybody to read. */
function withoutTls(dialer: () => Dialer): OpenTransport {
  return (_url, _logger, tls) => {
    if (!Object.values({ ...tls }).some(Boolean)) return { dialer: dialer() }
    const expected = 'left out with http: and kafka:, which have no TLS; https: and kafkas: have it'
    throw new InvalidOptionError({ option: 'tls', expected })
  }
}

/** The platform's own WebSocket trusts whom the system trusts; for others it takes another one. */
const openSecureWebSocket: OpenTransport = async (_url, _logger, tls) => {
  if (tls.ca === undefined && tls.cert === undefined) {
    return { dialer: new NodeWebSocketDialer({ secure: true }) }
  }
  const { openTrusting } = await import('./connection/node-web-socket.ts')
  return { dialer: new NodeWebSocketDialer({ secure: true, open: openTrusting(tls) }) }
}

/** Only programs that keep state in files need what does that. */
const loadStateFolders = async (): Promise<OpenStateFolder> => {
  const { openStateFolder } = await import('./streams/stores/node-state-folder.ts')
  return openStateFolder
}

const nodePlatform: StreamPlatform = {
  transports: {
    http: withoutTls(() => new NodeWebSocketDialer()),
    https: openSecureWebSocket,
    kafka: withoutTls(() => new NodeTcpDialer()),
    kafkas: (_url, _logger, tls) => ({ dialer: new NodeTlsDialer(tls) }),
    memory: openEmbedded,
    file: openEmbedded,
  },
  clock: systemClock,
  random: systemRandom,
  codecs: nodeCodecs,
  env: environment,
  logger: silentLogger,
  loadStateFolders,
}

/**
 * A client, of a server, a cluster, or a broker inside this process. Programs need one of it; all
 * that is made of it shares its connections, and ends with `close()`.
 */
export class Kafka extends BaseKafka {
  /** A `MockKafka` is one, too, though it is of another entry. @internal */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return this === Kafka ? value instanceof BaseKafka : super[Symbol.hasInstance](value)
  }

  /** Nothing connects before the first operation. @throws InvalidOptionError */
  constructor(options: KafkaOptions = {}) {
    installNativeCrc32c()
    installNativeText()
    super(options, nodePlatform)
  }
}

export * from './exports.ts'
export * from './streams/exports.ts'
