/** The flags of a server that say who may connect, and over what; shared by `serve` and `dev`. */

import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import type { KafkaServer } from '../server/server.ts'
import type { ServerOptions, TlsOptions } from '../server/server-options.ts'
import { MisuseError } from './output.ts'

/** What commander hands over for the options that `addSecurityOptions` declares. */
export interface SecurityFlags {
  readonly allowUnauthenticated?: boolean
  readonly auth?: string
  readonly superUser: string[]
  readonly allowPlaintextAuth?: boolean
  readonly maxReauthMs: string
  readonly tlsCert?: string
  readonly tlsKey?: string
  readonly tlsClientCa?: string
}

export function addSecurityOptions(command: Command): Command {
  return command
    .option(
      '--auth <mode>',
      "'none': everyone may do everything; 'required': clients need an API key " +
        "(default: 'none' on loopback addresses, else 'required')",
    )
    .option(
      '--super-user <name...>',
      "users that may do everything, whatever the ACLs say; names without 'User:'",
      [],
    )
    .option('--allow-unauthenticated', 'need no API keys on any address: for a trusted network')
    .option('--allow-plaintext-auth', 'take passwords over the network without TLS')
    .option('--max-reauth-ms <ms>', 'authenticate clients again after this time; 0: never', '0')
    .option('--tls-cert <file>', 'certificate in PEM, for TLS on the same port; SIGHUP reloads it')
    .option('--tls-key <file>', 'its private key in PEM')
    .option('--tls-client-ca <file>', 'clients need a certificate of this authority, in PEM')
}

/** @throws MisuseError */
export function securityOptionsOf(
  flags: SecurityFlags,
): Pick<
  ServerOptions,
  | 'allowUnauthenticated'
  | 'allowPlaintextAuth'
  | 'authentication'
  | 'maxReauthMs'
  | 'superUsers'
  | 'tls'
> {
  const { auth, maxReauthMs } = flags
  if (auth !== undefined && auth !== 'none' && auth !== 'required') {
    throw new MisuseError(`--auth must be 'none' or 'required', not '${auth}'`)
  }
  if (!/^\d{1,12}$/.test(maxReauthMs)) {
    throw new MisuseError(`--max-reauth-ms must be a whole number, not '${maxReauthMs}'`)
  }
  const tls = readTls(flags)
  return {
    allowUnauthenticated: flags.allowUnauthenticated ?? false,
    allowPlaintextAuth: flags.allowPlaintextAuth ?? false,
    maxReauthMs: Number(maxReauthMs),
    superUsers: flags.superUser,
    ...(auth === undefined ? {} : { authentication: auth }),
    ...(tls ? { tls } : {}),
  }
}

/** Has a server read its certificate again at each SIGHUP; a bad one leaves the old in place. */
export function reloadTlsOnHangup(
  server: KafkaServer,
  flags: SecurityFlags,
  note: (text: string) => void,
): void {
  if (flags.tlsCert === undefined) return
  process.on('SIGHUP', () => {
    try {
      server.reloadTls(readTls(flags)!)
      note('the certificate was read again')
    } catch (error) {
      note(`the certificate stays the old one: ${(error as Error).message}`)
    }
  })
}

function readTls({ tlsCert, tlsKey, tlsClientCa }: SecurityFlags): TlsOptions | undefined {
  if (tlsCert === undefined && tlsKey === undefined && tlsClientCa === undefined) return undefined
  if (tlsCert === undefined || tlsKey === undefined) {
    throw new MisuseError('TLS needs both --tls-cert and --tls-key')
  }
  const clients =
    tlsClientCa === undefined ? {} : { ca: read('--tls-client-ca', tlsClientCa), requestCert: true }
  return { cert: read('--tls-cert', tlsCert), key: read('--tls-key', tlsKey), ...clients }
}

function read(flag: string, file: string): Buffer {
  try {
    return readFileSync(file)
  } catch (error) {
    throw new MisuseError(`${flag} ${file} cannot be read: ${(error as Error).message}`)
  }
}
