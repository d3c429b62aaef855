/**
 * WebSockets from Node to servers whose certificate is from an authority of the program's own, or
 * that ask for ours: the platform's `WebSocket` cannot be told of either.
 */

import { WebSocket as TrustingWebSocket } from 'ws'
import type { NodeTlsTrust } from './node-tls-dialer.ts'

/** Returns what opens a WebSocket that trusts `trust.ca`. */
export function openTrusting(trust: NodeTlsTrust): (url: string) => WebSocket {
  const options = { ...trust, perMessageDeflate: false }
  // It has the methods and events of the platform's, as far as the dialer uses them.
  return (url) => new TrustingWebSocket(url, options) as unknown as WebSocket
}
