/**
 * The unit of every connection: one Kafka message without its 4-byte length prefix, in pieces so
 * that record data need not be copied into one array on the way out.
 */

export type Frame = readonly Uint8Array[]

export function frameBytes(frame: Frame): number {
  let length = 0
  for (const piece of frame) length += piece.length
  return length
}

/**
 * A WebSocket is closed with this code, as 401 is for HTTP, where nothing is answered to those who
 * do not say who they are: one of a server's own, so that no proxy between means something else.
 */
export const keyNeededCode = 4401

/** What the owner of a stream wants to hear. */
export interface FrameReceiver {
  /** One whole message. `message` is a view that is valid only during the call. */
  readonly onFrame: (message: Uint8Array) => void
  /**
   * Called once, when nothing will come any more; `reason` where it was not asked for. Its `cause`
   * is `keyNeededCode` where the other side answers nobody who does not say who they are.
   */
  readonly onClose: (reason?: Error) => void
  /** What was sent has left this process: `bufferedBytes` is 0 again after it was not. */
  readonly onDrain?: () => void
  /** The network takes less than is sent: so much waits now. `onDrain` follows. */
  readonly onBehind?: (unsentBytes: number) => void
}

/** A two-way stream of messages: a TCP or TLS socket, a WebSocket, or a call in this process. */
export interface FrameStream {
  /** Starts delivery; called once. */
  start(receiver: FrameReceiver): void
  /** Sends a message, in order, and never throws: on a closed stream it is dropped. */
  send(frame: Frame): void
  /** Has what was sent leave now; it may wait for the end of an event, with what follows. */
  flush?(): void
  /** Bytes sent that the network has not taken yet. */
  readonly bufferedBytes: number
  /** Another number once a byte has come or gone, where the network can tell. */
  readonly movedBytes?: number
  /** Stops and restarts reading, so that a fast peer waits instead of filling our memory. */
  pause(): void
  resume(): void
  /** Closes at once; `onClose` follows, with `reason`. */
  close(reason?: Error): void
  /** As `close`, once what was sent has left. Without it, `close` does. */
  finish?(reason: Error): void
  /** Takes no message that is longer, from now on; `undefined` is as long as it took at first. */
  limitFrames?(maxBytes: number | undefined): void
}

/** Opens a stream to a server, such as `127.0.0.1` and 9092. */
export interface Dialer {
  dial(address: Address, options?: { readonly signal?: AbortSignal }): Promise<FrameStream>
}

/** Where something listens. */
export interface Address {
  /** A name, or an IP address without brackets. */
  readonly host: string
  /** The TCP port. */
  readonly port: number
}
