/**
 * WebSockets from Node, which say more where there is none to be had: to have the wrong kind of
 * URL is the usual mistake there, and pages, which count every byte, cannot make it.
 */

import type { Address, Dialer, FrameStream } from './frame.ts'
import { WebSocketDialer } from './web-socket-dialer.ts'

export class NodeWebSocketDialer extends WebSocketDialer implements Dialer {
  override async dial(
    address: Address,
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<FrameStream> {
    try {
      return await super.dial(address, options)
    } catch (cause) {
      if (options.signal?.aborted || !(cause instanceof Error)) throw cause
      const advice = 'is a kafka.do server there? For Apache Kafka the URL is kafka://host:port'
      throw new Error(`${cause.message}; ${advice}`, { cause })
    }
  }
}
