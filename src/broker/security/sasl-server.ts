/** The broker's end of one exchange of a SASL mechanism: tokens come in, and answers go out. */

import type { AuthenticatedUser } from '../../connection/request-handler.ts'

export interface SaslServer {
  readonly mechanism: string
  /** Takes the next token of the client. @throws SaslFailure; the exchange is over then */
  evaluate(token: Uint8Array): Promise<SaslProgress>
}

export interface SaslProgress {
  readonly token: Uint8Array
  /** Who it is, once that is proven. */
  readonly user?: AuthenticatedUser
}

/** The client is not who it says, or says it in a way that is none. */
export class SaslFailure extends Error {
  override readonly name = 'SaslFailure'
  /** What the client is told. @default that its credentials are not valid, whatever was wrong */
  readonly told: string | undefined

  /** @param message for the broker's own log */
  constructor(message: string, told?: string) {
    super(message)
    this.told = told
  }
}
