/**
 * The server's end of one connection: hands each message to the broker and sends the answers in
 * the order of the requests, as Kafka promises.
 *
 * One request is handled at a time, but for produce requests: those may start while others wait
 * for the disk, so that many share a sync. A client that sends without reading its answers is not
 * read from until it does, one that sends thousands of requests at once gives way to others now and
 * then, one that the handler mutes is not read from for as long, and one that is idle is closed.
 */

import { MalformedBytesError } from '../bytes/reader.ts'
import type { GiveWay, Logger } from '../runtime/runtime.ts'
import type { Address, Frame, FrameStream } from './frame.ts'
import type { IdleWatch, WatchedConnection } from './idle-watch.ts'
import {
  RefusedRequestError,
  UnreadAnswersError,
  type AuthenticatedUser,
  type Peer,
  type RequestHandler,
} from './request-handler.ts'
import type { SlowReader, UnreadAnswers } from './unread-answers.ts'

/** Answers that may wait in order behind one that is not ready yet. */
const pendingMax = 1000
/** Bytes that the network may have left untaken before we stop reading requests. */
const unsentMaxBytes = 4 * 1024 * 1024
/** What a connection may have done before the others get their turn: about 1 ms. */
const turnMessages = 64
const turnBytes = 256 * 1024

export interface ServeOptions {
  readonly handler: RequestHandler
  readonly logger: Logger
  readonly peer: {
    readonly kind: Peer['kind']
    readonly host: string
    readonly dialled: Address
    readonly isPrivate: boolean
    readonly user?: AuthenticatedUser
  }
  /** @default a stream that lets others have their turn itself */
  readonly giveWay?: GiveWay
  /** The longest message of somebody who has not said who they are. @default as long as any */
  readonly strangerMaxBytes?: number
  /** Ends the connection where nobody uses it. @default it stays */
  readonly idle?: IdleWatch | undefined
  /** Counts what is not read, of this connection and others. @default nobody does */
  readonly unread?: UnreadAnswers
  /** Called when it is known who is calling. */
  readonly onAuthenticated?: () => void
  /** Called once, when the connection has ended. */
  readonly onEnd?: () => void
}

/** Serves `stream` until it closes. */
export function serveStream(stream: FrameStream, options: ServeOptions): void {
  const connection = new ServedConnection(stream, options)
  stream.start({
    onFrame: (message) => connection.receive(message),
    onClose: (reason) => connection.ended(reason),
    onDrain: () => connection.drained(),
    onBehind: (unsentBytes) => connection.behind(unsentBytes),
  })
}

let nextPeerId = 1

interface PendingAnswer {
  isReady: boolean
  frame: Frame | undefined
  readonly isPipelined: boolean
}

class ServedConnection implements SlowReader, WatchedConnection {
  readonly #stream: FrameStream
  readonly #options: ServeOptions
  readonly #closed = new AbortController()
  readonly #peer: Peer
  /** Answers in request order; the first is the one that the client gets next. */
  readonly #pending: PendingAnswer[] = []
  /** Copies of messages that came before their turn. */
  readonly #deferred: Uint8Array[] = []
  #isPaused = false
  /** How many reasons there are not to read. */
  #muteCount = 0
  #isFinished = false
  /** Whether the client has yet to read answers. */
  #isBehind = false
  /** What is left of this turn; it begins anew only after giving way. */
  #messagesLeft = turnMessages
  #bytesLeft = turnBytes
  #isGivingWay = false
  /** Why the next answer is the last. */
  #finishing: Error | undefined

  constructor(stream: FrameStream, options: ServeOptions) {
    this.#stream = stream
    this.#options = options
    this.#peer = {
      id: nextPeerId++,
      closed: this.#closed.signal,
      disconnect: (reason) => this.#stop(reason),
      closeAfterAnswer: (reason) => {
        this.#finishing = reason
      },
      authenticated: () => {
        stream.limitFrames?.(undefined)
        options.onAuthenticated?.()
      },
      mute: () => this.#mute(),
      mustBeBrief: () => options.unread?.areMany ?? false,
      ...options.peer,
    }
    if (options.strangerMaxBytes !== undefined && !options.peer.user) {
      stream.limitFrames?.(options.strangerMaxBytes)
    }
    options.handler.opened?.(this.#peer)
    options.idle?.add(this)
  }

  get isBusy(): boolean {
    // Who reads nothing is not busy with what it has asked for since.
    const hasMore = this.#deferred.length > 0 && !this.#isBehind
    return this.#pending.length > 0 || hasMore || this.#muteCount > 0
  }

  get movedBytes(): number {
    return this.#stream.movedBytes ?? 0
  }

  closeIdle(): void {
    const { host, kind, id } = this.#peer
    this.#options.logger.debug('connection is idle', { peer: id, host, kind })
    // What comes while the other side is told is not begun, so that it can be sent again.
    this.#isFinished = true
    this.#stream.close()
  }

  closeSlow(unreadBytes: number): void {
    this.#stop(new UnreadAnswersError(`its client left ${unreadBytes} bytes of answers unread`))
  }

  behind(unsentBytes: number): void {
    this.#isBehind = true
    this.#options.unread?.note(this, unsentBytes)
  }

  drained(): void {
    this.#isBehind = false
    this.#options.unread?.forget(this)
    this.continue()
  }

  receive(message: Uint8Array): void {
    if (this.#closed.signal.aborted || this.#isFinished) return
    if (this.#deferred.length === 0 && this.#mayStart(message)) return this.#start(message)
    this.#deferred.push(message.slice())
    if (!this.#isPaused) {
      this.#isPaused = true
      this.#stream.pause()
    }
  }

  /** Starts what was deferred, as far as it may start now, and reads on when nothing is left. */
  continue(): void {
    while (this.#deferred.length > 0 && this.#mayStart(this.#deferred[0]!)) {
      this.#start(this.#deferred.shift()!)
    }
    if (this.#isPaused && this.#deferred.length === 0 && !this.#closed.signal.aborted) {
      this.#isPaused = false
      this.#stream.resume()
    }
  }

  ended(reason?: Error): void {
    if (this.#closed.signal.aborted) return
    this.#closed.abort()
    // What a client has sent before it went is done in its order, unless it was we who ended it.
    if (reason instanceof RefusedRequestError) this.#isFinished = true
    if (this.#isFinished) this.#deferred.length = 0
    const { host, kind, id } = this.#peer
    const facts = { peer: id, host, kind, reason: reason?.message }
    if (reason instanceof MalformedBytesError) {
      this.#options.logger.warn('connection closed: the peer does not speak Kafka', facts)
    } else if (reason instanceof UnreadAnswersError) {
      this.#options.logger.warn('connection closed: answers are not read', facts)
    } else if (reason instanceof RefusedRequestError) {
      this.#options.logger.warn('connection closed: a request was refused', facts)
    } else if (reason) this.#options.logger.info('connection lost', facts)
    else this.#options.logger.debug('connection closed', facts)
    this.#options.idle?.delete(this)
    this.#options.unread?.forget(this)
    this.#options.onEnd?.()
  }

  #mayStart(message: Uint8Array): boolean {
    if (this.#muteCount > 0 || this.#stream.bufferedBytes > unsentMaxBytes) return false
    if (this.#isBehind && this.#options.unread?.areMany) return false
    if (this.#mustGiveWay()) return false
    const count = this.#pending.length
    if (count === 0) return true
    // Pending answers are all of pipelined requests, or one of another: so one look is enough.
    return (
      count < pendingMax &&
      this.#pending[0]!.isPipelined &&
      this.#options.handler.isPipelined(message)
    )
  }

  /** Whether others have to have their turn first; sees to it that they get it. */
  #mustGiveWay(): boolean {
    const { giveWay } = this.#options
    if (!giveWay || this.#isGivingWay) return this.#isGivingWay
    if (this.#messagesLeft > 0 && this.#bytesLeft > 0) return false
    this.#messagesLeft = turnMessages
    this.#bytesLeft = turnBytes
    this.#isGivingWay = true
    giveWay(() => {
      this.#isGivingWay = false
      this.continue()
    })
    return true
  }

  #start(message: Uint8Array): void {
    const { handler } = this.#options
    this.#messagesLeft--
    this.#bytesLeft -= message.length
    let reply
    const isPipelined = handler.isPipelined(message)
    try {
      reply = handler.handle(message, this.#peer)
    } catch (error) {
      return this.#fail(error)
    }
    if (!(reply instanceof Promise)) {
      if (this.#pending.length === 0) this.#send(reply)
      else this.#pending.push({ isReady: true, frame: reply, isPipelined })
      return
    }
    const answer: PendingAnswer = { isReady: false, frame: undefined, isPipelined }
    this.#pending.push(answer)
    reply.then(
      (frame) => {
        answer.isReady = true
        answer.frame = frame
        this.#sendReady()
      },
      (error: unknown) => this.#fail(error),
    )
  }

  #mute(): () => void {
    this.#muteCount++
    let isOver = false
    return () => {
      if (isOver) return
      isOver = true
      this.#muteCount--
      if (!this.#isFinished) this.continue()
    }
  }

  #sendReady(): void {
    while (this.#pending[0]?.isReady) this.#send(this.#pending.shift()!.frame)
    this.continue()
  }

  #send(frame: Frame | undefined): void {
    if (this.#isFinished) return
    if (frame && !this.#closed.signal.aborted) this.#stream.send(frame)
    if (this.#finishing) this.#finish(this.#finishing)
  }

  #finish(reason: Error): void {
    this.#isFinished = true
    this.#deferred.length = 0
    if (this.#stream.finish) this.#stream.finish(reason)
    else this.#stream.close(reason)
  }

  #fail(error: unknown): void {
    const reason = error instanceof Error ? error : new Error(String(error))
    if (!(reason instanceof MalformedBytesError || reason instanceof RefusedRequestError)) {
      const facts = { peer: this.#peer.id, error: reason.stack }
      this.#options.logger.error('a request failed, its connection is closed', facts)
    }
    this.#stop(reason)
  }

  /** Ends the connection at once: what has come behind is not looked at any more. */
  #stop(reason: Error): void {
    this.#isFinished = true
    this.#deferred.length = 0
    this.#stream.close(reason)
  }
}
