/** One connection to a broker without sockets that goes through SASL, step by step. */

import type { AuthenticatedUser, Peer } from '../../src/connection/request-handler.ts'
import { saslAuthenticate } from '../../src/protocol/sasl-authenticate.ts'
import { saslHandshake } from '../../src/protocol/sasl-handshake.ts'
import { alterUserScramCredentials } from '../../src/protocol/alter-user-scram-credentials.ts'
import { fromBase64, toBase64 } from '../../src/sasl/base64.ts'
import { stretch } from '../../src/sasl/digests.ts'
import { clientProof, scramMechanisms, type ScramName } from '../../src/sasl/scram.ts'
import { readServerFirst } from '../../src/sasl/scram-messages.ts'
import type { Api } from '../../src/protocol/api.ts'
import type { BrokerHarness } from './broker-harness.ts'

export class SaslClient {
  readonly #harness: BrokerHarness
  readonly peer: Peer
  readonly #closed = new AbortController()
  /** Why the broker has ended the connection, or will once it has answered. */
  ended: string | undefined
  /** Whether larger messages were allowed. */
  isKnown = false

  constructor(
    harness: BrokerHarness,
    { isPrivate = true, user }: { isPrivate?: boolean; user?: AuthenticatedUser } = {},
  ) {
    this.#harness = harness
    const end = (reason: Error): void => {
      this.ended ??= reason.message
    }
    this.peer = {
      id: 1,
      kind: 'tcp',
      host: 'client',
      dialled: { host: 'broker.test', port: 9092 },
      closed: this.#closed.signal,
      isPrivate,
      ...(user ? { user } : {}),
      disconnect: end,
      closeAfterAnswer: end,
      mute: () => () => {},
      authenticated: () => {
        this.isKnown = true
      },
    }
  }

  request<Request, Response, Input, ResponseInput>(
    api: Api<Request, Response, Input, ResponseInput>,
    version: number,
    body: Input,
  ): Promise<Response> {
    return this.#harness.request(api, version, body, this.peer)
  }

  /** Sends a message as it is; resolves with the answer's bytes. */
  async bare(message: Uint8Array): Promise<Uint8Array | undefined> {
    const frame = await this.#harness.broker.handle(message, this.peer)
    return frame && new Uint8Array(Buffer.concat(frame))
  }

  handshake(mechanism: string, version = 1) {
    return this.request(saslHandshake, version, { mechanism })
  }

  /** Sends a token, and lets pass the time by which an answer is held back. */
  async token(token: string | Uint8Array, version = 2) {
    const authBytes = typeof token === 'string' ? utf8(token) : token
    return this.patiently(this.request(saslAuthenticate, version, { authBytes }))
  }

  /** Resolves as `answer` does, and lets time pass meanwhile. */
  async patiently<Answer>(answer: Promise<Answer>): Promise<Answer> {
    let isSettled = false
    const settled = answer.finally(() => {
      isSettled = true
    })
    settled.catch(() => undefined)
    while (!isSettled) {
      await new Promise((resolve) => setImmediate(resolve))
      this.#harness.clock.advance(10)
    }
    return settled
  }

  async plain(user: string, password: string) {
    await this.handshake('PLAIN')
    return this.token(`\0${user}\0${password}`)
  }

  /** Goes through SCRAM; `change` may spoil the final message. */
  async scram(
    user: string,
    password: string,
    { mechanism = 'SCRAM-SHA-256', first = `n=${user},r=abc`, change = same }: ScramCase = {},
  ) {
    await this.handshake(mechanism)
    const answer = await this.token(`n,,${first}`)
    if (answer.errorCode !== 0) return answer
    const text = new TextDecoder().decode(answer.authBytes)
    const final = await finalMessage({ mechanism, password, bare: first, serverFirst: text })
    return this.token(change(final))
  }

  close(): void {
    this.#closed.abort()
  }
}

interface ScramCase {
  readonly mechanism?: ScramName
  readonly first?: string
  readonly change?: (final: string) => string
}

const same = (final: string): string => final

export async function finalMessage(facts: {
  readonly mechanism: ScramName
  readonly password: string
  readonly bare: string
  readonly serverFirst: string
  /** What stands before the nonce that the broker gave. */
  readonly nonceBefore?: string
}): Promise<string> {
  const { mechanism, password, bare, serverFirst, nonceBefore = '' } = facts
  const { hash } = scramMechanisms.find(({ name }) => name === mechanism)!
  const { nonce, salt, iterations } = readServerFirst(utf8(serverFirst))
  const salted = await stretch(hash, password, { salt, iterations })
  const withoutProof = `c=biws,r=${nonceBefore}${nonce}`
  const authMessage = `${bare},${serverFirst},${withoutProof}`
  return `${withoutProof},p=${toBase64(await clientProof(hash, salted, authMessage))}`
}

/** Gives a user a password, by whichever means the harness's broker takes from `client`. */
export async function setPassword(
  client: SaslClient,
  user: string,
  password: string,
  mechanism: ScramName = 'SCRAM-SHA-256',
): Promise<void> {
  const { type, hash } = scramMechanisms.find(({ name }) => name === mechanism)!
  const salt = fromBase64('c2FsdHNhbHQ=')!
  const iterations = 4096
  const saltedPassword = await stretch(hash, password, { salt, iterations })
  const upsertion = { name: user, mechanism: type, iterations, salt, saltedPassword }
  const { results } = await client.request(alterUserScramCredentials, 0, {
    upsertions: [upsertion],
  })
  if (results[0]!.errorCode !== 0) throw new Error(results[0]!.errorMessage ?? 'refused')
}

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}
