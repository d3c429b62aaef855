/** Opens TCP connections from Node. */

import { createConnection, type Socket } from 'node:net'
import type { Address, Dialer, FrameStream } from './frame.ts'
import { NodeTcpStream } from './node-tcp-stream.ts'

/** Larger answers than this are taken for garbage: brokers are asked for far less. */
const maxFrameBytes = 512 * 1024 * 1024

export class NodeTcpDialer implements Dialer {
  dial(address: Address, options: { readonly signal?: AbortSignal } = {}): Promise<FrameStream> {
    const { signal } = options
    const stream = new NodeTcpStream({ maxFrameBytes })
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted()
      const socket: Socket = createConnection({ ...address, onread: stream.onread })
      const onAbort = (): void => {
        socket.destroy()
        reject(signal!.reason as Error)
      }
      signal?.addEventListener('abort', onAbort, { once: true })
      socket.once('error', reject)
      socket.once('connect', () => {
        signal?.removeEventListener('abort', onAbort)
        socket.off('error', reject)
        stream.attach(socket)
        resolve(stream)
      })
    })
  }
}
