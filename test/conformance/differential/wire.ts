/** One connection to a broker for frames of any content; a closed connection is an answer, too. */

import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

const silenceMs = 5_000

/** A frame without its length, or what came in its place. */
export type Reply = Uint8Array | 'closed' | 'silent'

export class Wire {
  readonly #socket: Socket
  readonly #waiting: ((reply: Reply) => void)[] = []
  #received: Buffer = Buffer.alloc(0)
  #isClosed = false

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.on('data', (chunk) => this.#take(chunk))
    socket.on('close', () => this.#end())
    // What follows an error is the end, and that is what is told of.
    socket.on('error', () => {})
  }

  static async open(bootstrap: string): Promise<Wire> {
    const at = bootstrap.lastIndexOf(':')
    const socket = connect(Number(bootstrap.slice(at + 1)), bootstrap.slice(0, at))
    socket.setNoDelay(true)
    await once(socket, 'connect')
    return new Wire(socket)
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  /** Sends `message` as a frame; resolves with the next reply that nobody else waits for. */
  async exchange(message: Uint8Array): Promise<Reply> {
    this.send(message)
    return await this.#next()
  }

  send(message: Uint8Array): void {
    const prefix = Buffer.alloc(4)
    prefix.writeInt32BE(message.length)
    this.#socket.write(Buffer.concat([prefix, message]))
  }

  close(): void {
    this.#socket.destroy()
  }

  async #next(): Promise<Reply> {
    if (this.#isClosed) return 'closed'
    const { promise, resolve } = Promise.withResolvers<Reply>()
    this.#waiting.push(resolve)
    const timer = setTimeout(() => resolve('silent'), silenceMs)
    const reply = await promise
    clearTimeout(timer)
    if (reply === 'silent') this.close()
    return reply
  }

  #take(chunk: Buffer): void {
    this.#received = Buffer.concat([this.#received, chunk])
    while (this.#received.length >= 4) {
      const end = 4 + this.#received.readInt32BE(0)
      if (this.#received.length < end) return
      this.#waiting.shift()?.(new Uint8Array(this.#received.subarray(4, end)))
      this.#received = this.#received.subarray(end)
    }
  }

  #end(): void {
    this.#isClosed = true
    for (const resolve of this.#waiting.splice(0)) resolve('closed')
  }
}
