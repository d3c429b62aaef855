/** What the broker knows of each connection beyond its address: who is calling. */

import type { Peer } from '../../connection/request-handler.ts'
import { anonymous, type Principal } from './principal.ts'

export class Session {
  readonly peer: Peer
  /** Whose rights and quotas the connection's requests are held against. */
  principal: Principal = anonymous

  constructor(peer: Peer) {
    this.peer = peer
  }
}

/** The sessions of all connections; one lives as long as its connection does. */
export class Sessions {
  readonly #byPeer = new WeakMap<Peer, Session>()

  of(peer: Peer): Session {
    const known = this.#byPeer.get(peer)
    if (known) return known
    const session = new Session(peer)
    this.#byPeer.set(peer, session)
    return session
  }
}
