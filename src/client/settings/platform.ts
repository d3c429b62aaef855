/**
 * What the SDK takes from the platform it runs on. The entry points bind it: `index.ts` for
 * browsers, `index-workerd.ts` for Workers, `index-node.ts` for Node, and the test kit its own.
 */

import type { Dialer } from '../../connection/frame.ts'
import type { Codecs } from '../../record/compression.ts'
import type { Clock, Logger, Random } from '../../runtime/runtime.ts'

/** What a URL may begin with. */
export type UrlScheme = 'http' | 'https' | 'kafka' | 'kafkas' | 'memory' | 'file'

export interface Transport {
  readonly dialer: Dialer
  /** Ends what the transport itself runs, such as an embedded broker. */
  close?(): Promise<void>
}

/** Prepares connections to what `url` names; called once, before the first connection. */
export type OpenTransport = (
  url: string,
  logger: Logger,
  tls: TlsTrust,
) => Transport | Promise<Transport>

/** Whom to trust, and how to show who we are, where the platform lets a program say. */
export interface TlsTrust {
  /**
   * Certificates, in PEM, of the authorities that a broker's certificate may be from.
   *
   * @default those that the platform trusts
   */
  readonly ca?: string
  /** Our own certificate, in PEM, for brokers that ask for one; with `key`. @default none */
  readonly cert?: string
  /** The private key of `cert`, in PEM. */
  readonly key?: string
}

export interface Platform {
  /** The kinds of URL that work here. */
  readonly transports: Readonly<Partial<Record<UrlScheme, OpenTransport>>>
  readonly clock: Clock
  readonly random: Random
  readonly codecs: Codecs
  /** Environment variables, where there are any. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** Where messages go unless the program names a logger. */
  readonly logger: Logger
}
