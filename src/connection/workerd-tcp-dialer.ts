/** Opens TCP and TLS connections from Workers, by `cloudflare:sockets`. */

import { connect } from 'cloudflare:sockets'
import type { Address, Dialer, FrameStream } from './frame.ts'
import { WebStreamFrames } from './web-stream-frames.ts'

/** Larger answers than this are taken for garbage: brokers are asked for far less. */
const maxFrameBytes = 512 * 1024 * 1024

export class WorkerdTcpDialer implements Dialer {
  readonly #secureTransport: 'off' | 'on'

  constructor({ secure = false }: { readonly secure?: boolean } = {}) {
    this.#secureTransport = secure ? 'on' : 'off'
  }

  async dial(
    address: Address,
    { signal }: { readonly signal?: AbortSignal } = {},
  ): Promise<FrameStream> {
    signal?.throwIfAborted()
    const options = { secureTransport: this.#secureTransport, allowHalfOpen: false }
    const socket = connect({ hostname: address.host, port: address.port }, options)
    // What ends it is told by the reads and writes that fail.
    socket.closed.catch(() => undefined)
    const { promise: aborted, reject } = Promise.withResolvers<never>()
    const onAbort = (): void => reject(signal!.reason as Error)
    signal?.addEventListener('abort', onAbort, { once: true })
    try {
      await Promise.race([socket.opened, aborted])
    } catch (error) {
      // Whatever closing comes to, the reason for it is known.
      socket.close().catch(() => undefined)
      throw error
    } finally {
      signal?.removeEventListener('abort', onAbort)
    }
    return new WebStreamFrames(socket, { maxFrameBytes })
  }
}
