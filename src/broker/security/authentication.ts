/**
 * Who may say what before it is known who they are: `Authentication` takes each connection through
 * SASL, as Kafka does (KIP-43, KIP-152), and again when its proof is too old (KIP-368).
 *
 *     none ──SaslHandshake──▶ tokens ──token──▶ busy ──▶ tokens, done or failed
 *                               ▲                          │
 *                               └───────SaslHandshake──────┘ where sessions expire
 */

import type { Frame } from '../../connection/frame.ts'
import {
  RefusedRequestError,
  StrangerRefusedError,
  type AuthenticatedUser,
} from '../../connection/request-handler.ts'
import { apiVersions } from '../../protocol/api-versions.ts'
import { errorCodes } from '../../protocol/error-codes.ts'
import { saslAuthenticate } from '../../protocol/sasl-authenticate.ts'
import { saslHandshake } from '../../protocol/sasl-handshake.ts'
import type { Clock, Random } from '../../runtime/runtime.ts'
import { scramMechanisms } from '../../sasl/scram.ts'
import type { ResolvedBrokerOptions } from '../broker-options.ts'
import type { Credentials } from './credentials.ts'
import { PasswordCheck } from './password-check.ts'
import { plainName, PlainServer } from './sasl-plain.ts'
import { ScramServer } from './sasl-scram.ts'
import { SaslFailure, type SaslProgress, type SaslServer } from './sasl-server.ts'
import type { Session, Sessions } from './session.ts'

export interface AuthenticationOptions {
  readonly credentials: Credentials
  readonly sessions: Sessions
  readonly clock: Clock
  readonly random: Random
  readonly options: Pick<
    ResolvedBrokerOptions,
    'authentication' | 'allowPlaintextAuth' | 'failedAuthenticationDelayMs' | 'maxReauthMs'
  >
}

export interface HandshakeAnswer {
  readonly errorCode: number
  readonly mechanisms: readonly string[]
}

export interface TokenAnswer {
  readonly errorCode: number
  readonly errorMessage: string | null
  readonly authBytes: Uint8Array
  readonly sessionLifetimeMs: number
}

/** A connection may not be asked more often than this who it is. */
const reauthIntervalMs = 1000

export class Authentication {
  readonly #options: AuthenticationOptions
  readonly #passwords: PasswordCheck
  #failedCount = 0

  constructor(options: AuthenticationOptions) {
    this.#options = options
    this.#passwords = new PasswordCheck(options.credentials, options.random)
    options.credentials.onLoss((by) => options.sessions.endOutdated(lostCredentials(), by))
  }

  /** How often somebody could not prove who they are, at any door. */
  get failedCount(): number {
    return this.#failedCount
  }

  /**
   * Lets a request of a guarded session pass, which is one that has not said who it is, or has
   * to say it again.
   *
   * @throws RefusedRequestError where the connection is to be closed, as Kafka does
   */
  admit(session: Session, apiKey: number): void {
    const { step } = session
    const isSasl = apiKey === saslHandshake.key || apiKey === saslAuthenticate.key
    if (step.name === 'tokens' && (isSasl || apiKey === apiVersions.key)) return
    if (step.name === 'done') return this.#admitUnlessExpired(session, apiKey)
    if (step.name === 'none') {
      if (apiKey === saslHandshake.key) return
      if (apiKey === apiVersions.key && !session.hasVersions) return
    }
    throw new StrangerRefusedError(`API ${apiKey} was asked for before authentication`)
  }

  /** Answers SaslHandshake: the client says which mechanism it is going to use. */
  async handshake(session: Session, mechanism: string, version: number): Promise<HandshakeAnswer> {
    const { step } = session
    const previous = session.mechanism
    if (this.isOutOfOrder(session)) return illegalHandshake
    if (step.name !== 'none' && !this.#mayRenew(session)) return illegalHandshake
    const mechanisms = this.#mechanismsFor(session)
    const server = mechanisms.includes(mechanism) ? this.#serverOf(mechanism) : undefined
    if (!server) {
      const startedMs = this.#options.clock.monotonic()
      const where = mechanism === plainName ? 'without TLS' : 'here'
      const why = `mechanism '${mechanism.slice(0, 40)}' is not offered ${where}`
      await this.#fail(session, why, startedMs)
      return { errorCode: errorCodes.UNSUPPORTED_SASL_MECHANISM, mechanisms }
    }
    const isChanged = session.user !== undefined && previous !== mechanism
    const next = isChanged ? new ChangedMechanism(mechanism, previous ?? 'none') : server
    session.step = { name: 'tokens', server: next, areBare: version === 0 }
    session.isGuarded = true
    return { errorCode: errorCodes.NONE, mechanisms }
  }

  /**
   * Whether a token was due instead of a request that is answered with ILLEGAL_SASL_STATE. The
   * connection ends with that answer, as in Kafka.
   */
  isOutOfOrder(session: Session): boolean {
    if (session.step.name !== 'tokens') return false
    session.step = { name: 'failed' }
    session.peer.closeAfterAnswer(new RefusedRequestError('SASL requests came out of order'))
    return true
  }

  /** Answers SaslAuthenticate: the next token of the client. */
  async authenticate(session: Session, token: Uint8Array): Promise<TokenAnswer> {
    const { step } = session
    if (step.name !== 'tokens') {
      const told = 'SaslAuthenticate request received after successful authentication'
      return tokenError(errorCodes.ILLEGAL_SASL_STATE, told)
    }
    const startedMs = this.#options.clock.monotonic()
    try {
      const { token: authBytes, user } = await this.#evaluate(session, step.server, token)
      const sessionLifetimeMs = user ? this.#options.options.maxReauthMs : 0
      return { errorCode: errorCodes.NONE, errorMessage: null, authBytes, sessionLifetimeMs }
    } catch (error) {
      const failure = asFailure(error)
      const during = session.user ? 're-authentication' : 'authentication'
      await this.#fail(session, failure.message, startedMs)
      const told =
        failure.told ??
        `Authentication failed during ${during} due to invalid credentials ` +
          `with SASL mechanism ${step.server.mechanism}`
      return tokenError(errorCodes.SASL_AUTHENTICATION_FAILED, told)
    }
  }

  /** Whether the session's next message is a token without a header, as after SaslHandshake v0. */
  takesBareToken({ step }: Session): boolean {
    return step.name === 'busy' || (step.name === 'tokens' && step.areBare)
  }

  /** Answers a bare token. @throws RefusedRequestError: there is no way to say what is wrong */
  async bareToken(session: Session, token: Uint8Array): Promise<Frame> {
    const { step } = session
    if (step.name !== 'tokens') throw new RefusedRequestError('a message came amid authentication')
    const startedMs = this.#options.clock.monotonic()
    try {
      return [(await this.#evaluate(session, step.server, token)).token]
    } catch (error) {
      const { message } = asFailure(error)
      await this.#fail(session, message, startedMs)
      throw new RefusedRequestError(`authentication failed: ${message}`)
    }
  }

  /**
   * Resolves with the user whose password it is, for doors without SASL; `undefined`, later than
   * need be, where it is nobody's.
   */
  async userOf(name: string, password: string): Promise<AuthenticatedUser | undefined> {
    const startedMs = this.#options.clock.monotonic()
    const user = await this.#passwords.userOf(name, password)
    if (user) return user
    this.#failedCount++
    await this.#untilDelayed(startedMs)
    return undefined
  }

  #admitUnlessExpired(session: Session, apiKey: number): void {
    if (apiKey === saslHandshake.key && this.#mayRenew(session)) return
    if (this.#options.clock.monotonic() <= session.expiresAtMs) return
    throw new RefusedRequestError('the session has expired, and was not authenticated again')
  }

  #mayRenew(session: Session): boolean {
    const { expiresAtMs, renewedAtMs } = session
    const nowMs = this.#options.clock.monotonic()
    return session.step.name === 'done' && expiresAtMs < Infinity
      ? nowMs - renewedAtMs >= reauthIntervalMs
      : false
  }

  /** A password is not to be sent where others can read along. */
  #mechanismsFor({ peer }: Session): string[] {
    const scram = scramMechanisms.map(({ name }) => name)
    const mayBePlain = peer.isPrivate || this.#options.options.allowPlaintextAuth
    return mayBePlain ? [plainName, ...scram] : scram
  }

  #serverOf(name: string): SaslServer | undefined {
    const { credentials, random } = this.#options
    const passwords = this.#passwords
    if (name === plainName) return new PlainServer(passwords)
    const mechanism = scramMechanisms.find((known) => known.name === name)
    return mechanism && new ScramServer({ mechanism, credentials, passwords, random })
  }

  async #evaluate(session: Session, server: SaslServer, view: Uint8Array): Promise<SaslProgress> {
    const { step } = session
    session.step = { name: 'busy' }
    // The memory of a message is the connection's again as soon as somebody waits.
    const progress = await server.evaluate(view.slice())
    if (progress.user) this.#succeed(session, server.mechanism, progress.user)
    else session.step = step
    return progress
  }

  /** @throws SaslFailure where it was somebody else before */
  #succeed(session: Session, mechanism: string, user: AuthenticatedUser): void {
    const { clock, options, sessions } = this.#options
    const before = session.user
    if (before && before.name !== user.name) {
      const told =
        'Cannot change principals during re-authentication ' +
        `from User.${before.name}: User.${user.name}`
      throw new SaslFailure('the user has changed during re-authentication', told)
    }
    sessions.identify(session, user)
    session.mechanism = mechanism
    session.step = { name: 'done' }
    if (options.maxReauthMs > 0) {
      session.renewedAtMs = before ? clock.monotonic() : -Infinity
      session.expiresAtMs = clock.monotonic() + options.maxReauthMs
    }
    session.isGuarded = options.maxReauthMs > 0
    session.peer.authenticated()
  }

  async #fail(session: Session, why: string, startedMs: number): Promise<void> {
    session.step = { name: 'failed' }
    session.isGuarded = true
    this.#failedCount++
    await this.#untilDelayed(startedMs, session)
    session.peer.closeAfterAnswer(new RefusedRequestError(`authentication failed: ${why}`))
  }

  /**
   * Resolves a while after `startedMs`: guessing takes time (KIP-306), and the same time whatever
   * was wrong.
   */
  #untilDelayed(startedMs: number, session?: Session): Promise<void> {
    const { clock, options } = this.#options
    const leftMs = startedMs + options.failedAuthenticationDelayMs - clock.monotonic()
    if (leftMs <= 0) return Promise.resolve()
    return new Promise((resolve) => {
      const timer = clock.after(leftMs, resolve)
      const giveUp = (): void => {
        timer.cancel()
        resolve()
      }
      session?.peer.closed.addEventListener('abort', giveUp, { once: true })
      if (session?.peer.closed.aborted) giveUp()
    })
  }
}

/** Takes the place of a mechanism that is not the one a connection was authenticated with. */
class ChangedMechanism implements SaslServer {
  readonly mechanism: string
  readonly #previous: string

  constructor(mechanism: string, previous: string) {
    this.mechanism = mechanism
    this.#previous = previous
  }

  async evaluate(): Promise<SaslProgress> {
    const told =
      `SASL mechanism '${this.mechanism}' requested by client is not supported ` +
      `for re-authentication of mechanism '${this.#previous}'`
    throw new SaslFailure(told, told)
  }
}

const illegalHandshake: HandshakeAnswer = Object.freeze({
  errorCode: errorCodes.ILLEGAL_SASL_STATE,
  mechanisms: Object.freeze([]),
})

function tokenError(errorCode: number, errorMessage: string): TokenAnswer {
  return { errorCode, errorMessage, authBytes: new Uint8Array(), sessionLifetimeMs: 0 }
}

/** @throws `error` itself where it is a bug of ours */
function asFailure(error: unknown): SaslFailure {
  if (error instanceof SaslFailure) return error
  throw error
}

function lostCredentials(): Error {
  return new RefusedRequestError('its credentials were changed or deleted')
}
