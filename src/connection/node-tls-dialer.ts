/** Opens TLS connections from Node, to brokers whose certificate is trusted. */

import { isIP } from 'node:net'
import { connect } from 'node:tls'
import type { Address, Dialer, FrameStream } from './frame.ts'
import { NodeTcpStream } from './node-tcp-stream.ts'

/** In PEM. */
export interface NodeTlsTrust {
  /** @default the authorities that the system trusts */
  readonly ca?: string
  readonly cert?: string
  readonly key?: string
}

/** Larger answers than this are taken for garbage: brokers are asked for far less. */
const maxFrameBytes = 512 * 1024 * 1024

export class NodeTlsDialer implements Dialer {
  readonly #trust: NodeTlsTrust

  constructor(trust: NodeTlsTrust = {}) {
    this.#trust = trust
  }

  dial(address: Address, options: { readonly signal?: AbortSignal } = {}): Promise<FrameStream> {
    const { signal } = options
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted()
      // A server name may not be an address (RFC 6066).
      const servername = isIP(address.host) ? {} : { servername: address.host }
      const socket = connect({ ...this.#trust, ...address, ...servername })
      const onAbort = (): void => {
        socket.destroy()
        reject(signal!.reason as Error)
      }
      signal?.addEventListener('abort', onAbort, { once: true })
      socket.once('error', reject)
      socket.once('secureConnect', () => {
        signal?.removeEventListener('abort', onAbort)
        socket.off('error', reject)
        const stream = new NodeTcpStream({ maxFrameBytes })
        stream.attach(socket)
        resolve(stream)
      })
    })
  }
}
