/** Opens TLS connections from Node, to brokers whose certificate is trusted. */

import { isIP } from 'node:net'
import { connect } from 'node:tls'
import type { Address, Dialer, FrameStream } from './frame.ts'
import { dialOptions, dialSocket } from './node-dial.ts'

/** In PEM. */
export interface NodeTlsTrust {
  /** @default the authorities that the system trusts */
  readonly ca?: string
  readonly cert?: string
  readonly key?: string
}

export class NodeTlsDialer implements Dialer {
  readonly #trust: NodeTlsTrust

  constructor(trust: NodeTlsTrust = {}) {
    this.#trust = trust
  }

  dial(address: Address, { signal }: { readonly signal?: AbortSignal } = {}): Promise<FrameStream> {
    return dialSocket({
      open: () => {
        // A server name may not be an address (RFC 6066).
        const servername = isIP(address.host) ? {} : { servername: address.host }
        return connect({ ...dialOptions, ...this.#trust, ...address, ...servername })
      },
      readyEvent: 'secureConnect',
      signal,
    })
  }
}
