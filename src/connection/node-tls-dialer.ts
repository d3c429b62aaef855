/** Opens TLS connections from Node, to brokers whose certificate the system trusts. */

import { isIP } from 'node:net'
import { connect } from 'node:tls'
import type { Address, Dialer, FrameStream } from './frame.ts'
import { NodeTcpStream } from './node-tcp-stream.ts'

/** Larger answers than this are taken for garbage: brokers are asked for far less. */
const maxFrameBytes = 512 * 1024 * 1024

export class NodeTlsDialer implements Dialer {
  dial(address: Address, options: { readonly signal?: AbortSignal } = {}): Promise<FrameStream> {
    const { signal } = options
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted()
      // A server name may not be an address (RFC 6066).
      const servername = isIP(address.host) ? {} : { servername: address.host }
      const socket = connect({ ...address, ...servername })
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
