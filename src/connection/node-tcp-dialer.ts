/** Opens TCP connections from Node. */

import { createConnection } from 'node:net'
import type { Address, Dialer, FrameStream } from './frame.ts'
import { dialOptions, dialSocket } from './node-dial.ts'

export class NodeTcpDialer implements Dialer {
  dial(address: Address, { signal }: { readonly signal?: AbortSignal } = {}): Promise<FrameStream> {
    return dialSocket({
      open: ({ onread }) => createConnection({ ...dialOptions, ...address, onread }),
      readyEvent: 'connect',
      signal,
    })
  }
}
