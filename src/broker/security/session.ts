/** What the broker knows of each connection beyond its address: who is calling. */

import type { AuthenticatedUser, Peer } from '../../connection/request-handler.ts'
import { anonymous, userPrincipal, type Principal } from './principal.ts'
import type { SaslServer } from './sasl-server.ts'

/** How far a connection has come in saying who it is. */
export type SaslStep =
  /** It has not begun. */
  | { readonly name: 'none' }
  /** It may go on with tokens of a mechanism: in SaslAuthenticate requests, or bare. */
  | { readonly name: 'tokens'; readonly server: SaslServer; readonly areBare: boolean }
  /** Its token is being looked at, and nothing else may come meanwhile. */
  | { readonly name: 'busy' }
  | { readonly name: 'done' }
  /** It was refused, and is about to be closed. */
  | { readonly name: 'failed' }

export class Session {
  readonly peer: Peer
  /** Whose rights and quotas the connection's requests are held against. */
  principal: Principal = anonymous
  /** Only `Authentication` changes what follows. */
  step: SaslStep = { name: 'none' }
  /** Whether requests have to be looked at before they are read; see `Authentication.admit`. */
  isGuarded: boolean
  /** Whether ApiVersions was answered, which a stranger may ask for once. */
  hasVersions = false
  /** Who it is, where that was proven, and how. */
  user: AuthenticatedUser | undefined
  mechanism: string | undefined
  /** When the proof is too old, on the monotonic clock; `Infinity` for never. */
  expiresAtMs = Infinity
  renewedAtMs = -Infinity

  constructor(peer: Peer, isGuarded = false) {
    this.peer = peer
    this.isGuarded = isGuarded
  }
}

/** Returns the session of somebody who asks one thing, and has no connection to ask more. */
export function visit(user: AuthenticatedUser, host: string): Session {
  const none = (): void => {}
  const session = new Session({
    id: 0,
    kind: 'in-process',
    host,
    dialled: { host: '', port: 0 },
    closed: AbortSignal.abort(),
    isPrivate: true,
    user,
    disconnect: none,
    closeAfterAnswer: none,
    authenticated: none,
    mute: () => none,
  })
  session.principal = userPrincipal(user.name)
  return session
}

/** The sessions of all connections; one lives as long as its connection does. */
export class Sessions {
  readonly #byPeer = new WeakMap<Peer, Session>()
  readonly #isGuarded: boolean
  /** Those whose user is known. */
  readonly #ofUsers = new Set<Session>()

  /** @param isGuarded whether everybody has to say who they are */
  constructor(isGuarded = false) {
    this.#isGuarded = isGuarded
  }

  of(peer: Peer): Session {
    const known = this.#byPeer.get(peer)
    if (known) return known
    const session = new Session(peer, this.#isGuarded)
    this.#byPeer.set(peer, session)
    // What came with the connection, as in the header of a WebSocket, may be void by now.
    if (peer.user?.isCurrent()) {
      this.identify(session, peer.user)
      session.step = { name: 'done' }
      session.isGuarded = false
    }
    return session
  }

  /** Notes who a session belongs to. */
  identify(session: Session, user: AuthenticatedUser): void {
    session.user = user
    session.principal = userPrincipal(user.name)
    // What was sent before the end is still handled after it: nobody would be forgotten then.
    if (this.#ofUsers.has(session) || session.peer.closed.aborted) return
    this.#ofUsers.add(session)
    const forget = (): void => void this.#ofUsers.delete(session)
    session.peer.closed.addEventListener('abort', forget, { once: true })
  }

  /** Ends the connections whose user has lost what it proved itself with, but for `spared`. */
  endOutdated(reason: Error, spared?: Session): void {
    for (const session of this.#ofUsers) {
      if (session.user!.isCurrent()) continue
      // Whoever takes away its own right is told that it is done.
      if (session === spared) session.peer.closeAfterAnswer(reason)
      else session.peer.disconnect(reason)
    }
  }
}
