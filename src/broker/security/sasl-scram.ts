/**
 * SCRAM (RFC 5802): the client proves that it knows the password, and the broker that it knows the
 * client, over a connection on which neither is sent.
 */

import type { Random } from '../../runtime/runtime.ts'
import { toBase64 } from '../../sasl/base64.ts'
import { digestBytes, isEqual } from '../../sasl/digests.ts'
import { serverSignature, storedKeyOf, type ScramMechanism } from '../../sasl/scram.ts'
import {
  readClientFinal,
  readClientFirst,
  ScramFormatError,
  writeServerFirst,
  type ClientFinal,
  type ClientFirst,
} from '../../sasl/scram-messages.ts'
import type { Credential, Credentials } from './credentials.ts'
import type { PasswordCheck } from './password-check.ts'
import { checkAuthorizationId } from './sasl-plain.ts'
import { SaslFailure, type SaslProgress, type SaslServer } from './sasl-server.ts'

const nonceBytes = 24

export interface ScramServerOptions {
  readonly mechanism: ScramMechanism
  readonly credentials: Credentials
  readonly passwords: PasswordCheck
  readonly random: Random
}

/** What was said before the client's final message. */
interface Challenge {
  readonly first: ClientFirst
  readonly credential: Credential
  readonly nonce: string
  readonly serverFirst: string
}

export class ScramServer implements SaslServer {
  readonly mechanism: string
  readonly #options: ScramServerOptions
  #challenge: Challenge | undefined

  constructor(options: ScramServerOptions) {
    this.mechanism = options.mechanism.name
    this.#options = options
  }

  async evaluate(token: Uint8Array): Promise<SaslProgress> {
    try {
      return this.#challenge
        ? await this.#finish(readClientFinal(token), this.#challenge)
        : await this.#begin(readClientFirst(token))
    } catch (error) {
      if (error instanceof ScramFormatError) throw new SaslFailure(error.message)
      throw error
    }
  }

  async #begin(first: ClientFirst): Promise<SaslProgress> {
    const { mechanism, credentials, passwords, random } = this.#options
    checkAuthorizationId(first.authorizationId, first.user)
    // Made for everybody, so that a user that there is takes no less time.
    const decoy = await passwords.decoy(first.user, mechanism)
    const known = credentials.get({ user: first.user, mechanism: mechanism.type })
    const credential = known ?? decoy
    const nonce = first.nonce + toBase64(random.bytes(nonceBytes))
    const { salt, iterations } = credential
    const serverFirst = writeServerFirst({ nonce, salt, iterations })
    this.#challenge = { first, credential, nonce, serverFirst }
    return { token: new TextEncoder().encode(serverFirst) }
  }

  async #finish(final: ClientFinal, challenge: Challenge): Promise<SaslProgress> {
    const { first, credential, nonce, serverFirst } = challenge
    const { hash } = this.#options.mechanism
    // A proof is good for the nonce that was made for it (CVE-2024-56128). librdkafka before 2.3
    // puts its own nonce in front once more, which Kafka lets pass, too.
    if (!final.nonce.endsWith(nonce))
      throw new SaslFailure('the nonce is not the one that was sent')
    if (final.channelBinding !== first.gs2Header) {
      throw new SaslFailure('the client has changed its mind about channel binding')
    }
    if (final.proof.length !== digestBytes(hash)) throw new SaslFailure('the proof is no hash')
    const authMessage = `${first.bare},${serverFirst},${final.withoutProof}`
    const { storedKey, serverKey } = credential
    const proven = await storedKeyOf(hash, final.proof, { storedKey, authMessage })
    const signature = await serverSignature(hash, serverKey, authMessage)
    const user = this.#options.credentials.ownerOf(credential)
    // A decoy belongs to nobody, and a credential may have been taken away meanwhile.
    if (!isEqual(proven, storedKey) || !user.isCurrent()) {
      throw new SaslFailure(`no user '${first.user.slice(0, 100)}' with that password`)
    }
    return { token: new TextEncoder().encode(`v=${toBase64(signature)}`), user }
  }
}
