/** A port that a mock broker has open for other clients. */

import type { RequestHandler } from '../connection/request-handler.ts'
import type { Logger } from '../runtime/runtime.ts'

export interface ListeningPort {
  /** `host:port` */
  readonly address: string
  close(): Promise<void>
}

/** Listens on loopback. Port 0 takes any that is free. */
export type ListenOn = (
  handler: RequestHandler,
  options: { readonly port: number; readonly logger: Logger },
) => Promise<ListeningPort>
