/**
 * WebSockets from Node, which say more where there is none to be had: to have the wrong kind of
 * URL is the usual mistake there, and pages, which count every byte, cannot make it.
 */

import type { Address, Dialer, FrameStream } from './frame.ts'
import { WebSocketDialer, type WebSocketDialerOptions } from './web-socket-dialer.ts'

const advice = 'is a kafka.do server there? For Apache Kafka the URL is kafka://host:port'
/** Node does not say that it is the certificate either. */
const tlsAdvice =
  'is a kafka.do server there, and its certificate trusted (tls.ca, or --ca of a command)? ' +
  'For Apache Kafka the URL is kafkas://host:port'

export class NodeWebSocketDialer extends WebSocketDialer implements Dialer {
  readonly #advice: string

  constructor(options: WebSocketDialerOptions = {}) {
    super(options)
    this.#advice = options.secure ? tlsAdvice : advice
  }

  override async dial(
    address: Address,
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<FrameStream> {
    try {
      return await super.dial(address, options)
    } catch (cause) {
      if (options.signal?.aborted || !(cause instanceof Error)) throw cause
      throw new Error(`${cause.message}; ${this.#advice}`, { cause })
    }
  }
}
