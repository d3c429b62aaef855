/**
 * Passwords that come in the clear, by SASL/PLAIN or in an HTTP header, checked against SCRAM
 * credentials: `PasswordCheck`. A wrong name takes the time that a wrong password takes.
 */

import type { AuthenticatedUser } from '../../connection/request-handler.ts'
import type { Random } from '../../runtime/runtime.ts'
import { hmac, isEqual, stretch } from '../../sasl/digests.ts'
import { iterationsMin, scramKeys, scramMechanisms, type ScramMechanism } from '../../sasl/scram.ts'
import type { Credential, Credentials } from './credentials.ts'

/** Passwords that are stretched at a time: the threads that do it sync files as well. */
const concurrentMax = 2

export class PasswordCheck {
  readonly #credentials: Credentials
  /** Known to this process alone. */
  readonly #secret: Uint8Array
  /** What the password was that was right, under our secret: a second look takes no time. */
  readonly #seen = new WeakMap<Credential, Uint8Array>()
  #running = 0
  readonly #waiting: (() => void)[] = []

  constructor(credentials: Credentials, random: Random) {
    this.#credentials = credentials
    this.#secret = random.bytes(32)
  }

  /** Resolves with the user whose password it is; `undefined` where it is nobody's. */
  async userOf(name: string, password: string): Promise<AuthenticatedUser | undefined> {
    const mark = await this.#mark(password)
    // As many for everybody, so that what is wrong takes the same time whoever there is.
    for (const mechanism of scramMechanisms) {
      const known = this.#credentials.get({ user: name, mechanism: mechanism.type })
      const credential = known ?? (await this.decoy(name, mechanism))
      const seen = this.#seen.get(credential)
      const isRight = seen && isEqual(seen, mark) ? true : await this.#isOf(credential, password)
      const owner = this.#credentials.ownerOf(credential)
      // It may have been taken away while its password was being looked at.
      if (!isRight || !owner.isCurrent()) continue
      this.#seen.set(credential, mark)
      return owner
    }
    return undefined
  }

  /**
   * Returns a credential that looks like one of the user `name`, always the same and of no use.
   * Nobody can tell from it that there is no such user.
   */
  async decoy(name: string, { type, hash }: ScramMechanism): Promise<Credential> {
    const salt = await this.#mark(`${type} ${name}`)
    const keys = await scramKeys(hash, await hmac(hash, this.#secret, salt))
    return { user: name, mechanism: type, salt, iterations: iterationsMin, ...keys }
  }

  #mark(text: string): Promise<Uint8Array> {
    return hmac('SHA-256', this.#secret, new TextEncoder().encode(text))
  }

  async #isOf(credential: Credential, password: string): Promise<boolean> {
    const { hash } = scramMechanisms.find(({ type }) => type === credential.mechanism)!
    const salted = await this.#inTurn(() => stretch(hash, password, credential))
    const { storedKey } = await scramKeys(hash, salted)
    return isEqual(storedKey, credential.storedKey)
  }

  async #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#running >= concurrentMax) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    } else this.#running++
    try {
      return await work()
    } finally {
      // The turn passes on to who waits; only where nobody does is there one less.
      const next = this.#waiting.shift()
      if (next) next()
      else this.#running--
    }
  }
}
