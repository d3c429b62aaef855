/**
 * Frames over a TCP or TLS socket of Node.
 *
 * Sockets read into one arena that all connections share, since what is read is handled before
 * the next read begins: that takes half the time of a fresh buffer for each read, and a
 * connection that is idle costs no memory for it. In the same way they write out of one: frames
 * that are not large are copied into it, which costs less than to have the socket gather pieces.
 */

import type { OnReadOpts, Socket } from 'node:net'
import { giveMemoryBack, isPooled } from '../bytes/pooled-memory.ts'
import { frameBytes, type Frame, type FrameReceiver, type FrameStream } from './frame.ts'
import { FrameSplitter, prefixBytes, prefixed, putPrefixed } from './frame-splitter.ts'

/** Takes a request of the largest batch that is accepted by default, whole. */
const arenaBytes = 2 * 1024 * 1024
const arena = new Uint8Array(arenaBytes)

/** What is larger leaves in pieces, as it is. */
const outboxBytes = 32 * 1024
let outbox = Buffer.allocUnsafeSlow(outboxBytes)

export class NodeTcpStream implements FrameStream {
  readonly #splitter: FrameSplitter
  #socket: Socket | undefined
  #receiver: FrameReceiver | undefined
  #reason: Error | undefined
  #isPaused = false
  /** Frames that leave when all that is sent now has come together. */
  #unsent: Frame[] = []
  #unsentBytes = 0
  readonly #flushSoon = (): void => this.flush()
  /** What arrived before `start`. */
  #early: Uint8Array[] = []

  constructor(options: { readonly maxFrameBytes: number }) {
    this.#splitter = new FrameSplitter({
      maxFrameBytes: options.maxFrameBytes,
      onFrame: (message) => this.#receiver!.onFrame(message),
    })
  }

  /** Options for a socket that is to read straight into our memory; see `attach`. */
  readonly onread: OnReadOpts = {
    buffer: () => this.#splitter.readTarget() ?? arena,
    callback: (bytesRead, buffer) => {
      this.push(buffer.subarray(0, bytesRead))
      return true
    },
  }

  /** Takes over `socket`, which was created with `onread` or will emit `data`. */
  attach(socket: Socket): void {
    this.#socket = socket
    socket.setNoDelay(true)
    socket.on('data', (bytes: Buffer) => this.push(plainBytes(bytes)))
    socket.on('drain', () => this.#receiver?.onDrain?.())
    socket.on('error', (error) => {
      this.#reason ??= error
    })
    // The other side has said all it will: nothing is left to answer to.
    socket.on('end', () => socket.destroy())
    socket.on('close', () => this.#receiver?.onClose(this.#reason))
  }

  start(receiver: FrameReceiver): void {
    this.#receiver = receiver
    const early = this.#early
    this.#early = []
    for (const bytes of early) this.push(bytes)
    if (this.#socket?.destroyed) queueMicrotask(() => receiver.onClose(this.#reason))
  }

  /** Takes bytes that were read from the socket. */
  push(bytes: Uint8Array): void {
    if (!this.#receiver) return void this.#early.push(bytes.slice())
    try {
      this.#splitter.push(bytes)
    } catch (error) {
      this.close(error instanceof Error ? error : new Error(String(error)))
    }
  }

  get bufferedBytes(): number {
    return (this.#socket?.writableLength ?? 0) + this.#unsentBytes
  }

  get movedBytes(): number {
    return this.#socket ? movedBytesOf(this.#socket) : 0
  }

  send(frame: Frame): void {
    const socket = this.#socket
    if (!socket || socket.destroyed) return
    // All that is sent before the event loop turns goes out in one system call.
    if (this.#unsent.length === 0) process.nextTick(this.#flushSoon)
    this.#unsent.push(frame)
    this.#unsentBytes += prefixBytes + frameBytes(frame)
  }

  pause(): void {
    this.#isPaused = true
    this.#splitter.pause()
    this.#socket?.pause()
  }

  resume(): void {
    this.#isPaused = false
    try {
      this.#splitter.resume()
    } catch (error) {
      return this.close(error instanceof Error ? error : new Error(String(error)))
    }
    // What was kept may have been enough to be told to pause again.
    if (!this.#isPaused) this.#socket?.resume()
  }

  close(reason?: Error): void {
    this.#reason ??= reason
    this.#socket?.destroy()
  }

  finish(reason: Error): void {
    this.#reason ??= reason
    this.flush()
    this.#socket?.destroySoon()
  }

  limitFrames(maxBytes: number | undefined): void {
    this.#splitter.limitFrames(maxBytes)
  }

  flush(): void {
    const socket = this.#socket
    const frames = this.#unsent
    const sizeBytes = this.#unsentBytes
    if (frames.length === 0 || !socket) return
    this.#unsent = []
    this.#unsentBytes = 0
    if (socket.destroyed) return
    if (sizeBytes <= outboxBytes) writeCopy(socket, frames, sizeBytes)
    else {
      socket.cork()
      for (const frame of frames) writePieces(socket, frame)
      socket.uncork()
    }
    // Of less than that the socket does not tell when it has left.
    if (socket.writableNeedDrain) this.#receiver?.onBehind?.(socket.writableLength)
  }
}

function writeCopy(socket: Socket, frames: readonly Frame[], sizeBytes: number): void {
  const bytes = outbox
  let position = 0
  for (const frame of frames) {
    position = putPrefixed(bytes, position, frame)
    for (const piece of frame) giveMemoryBack(piece)
  }
  socket.write(bytes.subarray(0, sizeBytes))
  // Mostly the system takes all of it at once. Where it does not, the memory is the socket's.
  if (socket.writableLength > 0) outbox = Buffer.allocUnsafeSlow(outboxBytes)
}

function writePieces(socket: Socket, frame: Frame): void {
  for (const piece of prefixed(frame, frameBytes(frame))) {
    // Once the piece has left, nobody but the pool has its memory.
    if (isPooled(piece)) socket.write(piece, () => giveMemoryBack(piece))
    else socket.write(piece)
  }
}

interface SocketHandle {
  readonly writeQueueSize?: number
  /** What TLS is on top of. */
  readonly _parent?: SocketHandle
}

/** Returns how much the system has given to a socket, and taken from it. */
export function movedBytesOf(socket: Socket): number {
  const { _handle: handle } = socket as { _handle?: SocketHandle | null }
  // A large write counts from its beginning, though it may take long to leave; with TLS, what is
  // below knows how much has left.
  const { writeQueueSize = 0 } = handle?._parent ?? handle ?? {}
  return socket.bytesRead + socket.bytesWritten - writeQueueSize
}

/** Returns the same memory as a plain array, since `slice` of Node's `Buffer` does not copy. */
export function plainBytes(buffer: Buffer): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength)
}
