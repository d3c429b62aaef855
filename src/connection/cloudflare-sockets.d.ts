/** The part of workerd's `cloudflare:sockets` that is used here. */

declare module 'cloudflare:sockets' {
  export interface WorkerSocket {
    readonly readable: ReadableStream<Uint8Array>
    readonly writable: WritableStream<Uint8Array>
    /** Rejected where it cannot be opened. */
    readonly opened: Promise<unknown>
    /** Settled once it is closed, from whichever end. */
    readonly closed: Promise<void>
    close(): Promise<void>
  }

  export function connect(
    address: { readonly hostname: string; readonly port: number },
    options: { readonly secureTransport: 'off' | 'on'; readonly allowHalfOpen: boolean },
  ): WorkerSocket
}
