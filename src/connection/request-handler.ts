/** What a server's connections need of a broker: an answer to each message. */

import type { Address, Frame } from './frame.ts'

/** The client at the other end of one connection. */
export interface Peer {
  /** A number unique in this process, for logs. */
  readonly id: number
  readonly kind: 'tcp' | 'websocket' | 'in-process'
  /** The client's address, for logs and `DescribeGroups`. */
  readonly host: string
  /** The address that the client dialled, which the broker advertises back to it. */
  readonly dialled: Address
  /** Aborted when the connection ends; waiting requests give up on it. */
  readonly closed: AbortSignal
  /** Whether nobody can read along: TLS, or a connection that does not leave this machine. */
  readonly isPrivate: boolean
  /** Who it is, where that was proven before the first message, as in the header of a WebSocket. */
  readonly user?: AuthenticatedUser
  /** Ends the connection from our side, as when the right to it is withdrawn. */
  disconnect(reason: Error): void
  /** Ends the connection once the answer to what is being handled has left. */
  closeAfterAnswer(reason: Error): void
  /** Stops reading from the connection until what it returns is called; nested calls add up. */
  mute(): () => void
  /** Whether answers are to be small, since too many wait already for clients to read them. */
  mustBeBrief?(): boolean
  /** Says that it is known who is calling: requests may be larger than those of strangers. */
  authenticated(): void
}

/** Somebody who has proven who they are. */
export interface AuthenticatedUser {
  readonly name: string
  /** Whether the proof still holds: false once the password is another, or the user is gone. */
  isCurrent(): boolean
}

/** An answer, now or later. `undefined` where the client wants none (`acks=0`). */
export type Reply = Frame | undefined | Promise<Frame | undefined>

export interface RequestHandler {
  /** Hears of each new connection, before its first message. */
  opened?(peer: Peer): void
  /**
   * Answers one message, which is a view that is valid only until this call returns.
   *
   * @throws MalformedBytesError where the message cannot be read: the connection is closed
   */
  handle(message: Uint8Array, peer: Peer): Reply
  /**
   * Whether the message may be started while earlier ones of its connection still wait: a produce
   * request may, so that many of them share a sync. All others wait for their turn, as in Kafka.
   */
  isPipelined(message: Uint8Array): boolean
}

/** A request that can be read but not answered: its connection is closed, and the reason logged. */
export class RefusedRequestError extends Error {
  override readonly name = 'RefusedRequestError'
}

/** A client that does not read its answers, where memory for all of them is short. */
export class UnreadAnswersError extends RefusedRequestError {}

/** A request of somebody who has to say first who they are. */
export class StrangerRefusedError extends RefusedRequestError {}
