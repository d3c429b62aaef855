/** TLS on the one port: takes connections that begin with a hello, and gives them on in plain. */

import type { Socket } from 'node:net'
import { createServer, type Server, type TLSSocket } from 'node:tls'
import type { Logger } from '../runtime/runtime.ts'
import { InvalidServerOptionError, type TlsOptions } from './server-options.ts'

/** A client that does not finish its handshake in this time is cut off. */
const handshakeTimeoutMs = 30_000

export interface TlsDoorOptions {
  readonly tls: TlsOptions
  readonly logger: Logger
  readonly onSecure: (socket: TLSSocket) => void
}

export class TlsDoor {
  readonly #server: Server

  /** @throws InvalidServerOptionError where certificate and key are none, or do not fit */
  constructor({ tls, logger, onSecure }: TlsDoorOptions) {
    const handshakeTimeout = handshakeTimeoutMs
    this.#server = checked(tls, () => createServer({ ...settingsOf(tls), handshakeTimeout }))
    this.#server.on('secureConnection', onSecure)
    this.#server.on('tlsClientError', (error, socket) => {
      const facts = { peer: socket.remoteAddress, reason: error.message }
      logger.warn('connection closed: the TLS handshake failed', facts)
      socket.destroy()
    })
  }

  /** Begins a handshake on a connection whose first bytes were put back. */
  accept(socket: Socket): void {
    this.#server.emit('connection', socket)
  }

  /** Shows another certificate to those who come from now on. @throws InvalidServerOptionError */
  reload(tls: TlsOptions): void {
    checked(tls, () => this.#server.setSecureContext(settingsOf(tls)))
  }
}

function settingsOf({ cert, key, ca, requestCert = false }: TlsOptions) {
  return {
    cert,
    key,
    ...(ca === undefined ? {} : { ca }),
    requestCert,
    rejectUnauthorized: requestCert,
    minVersion: 'TLSv1.2',
  } as const
}

function checked<Result>(tls: TlsOptions, work: () => Result): Result {
  try {
    return work()
  } catch (error) {
    const expected = `a certificate and its key in PEM (${(error as Error).message})`
    const actual = `${tls.cert.length} and ${tls.key.length} bytes`
    throw new InvalidServerOptionError({ option: 'tls', expected, actual })
  }
}
