/**
 * Sends frames over a connection, so many at a time, and takes in the answers without looking at
 * more than their lengths: a load generator that takes as little of the machine as it can.
 */

import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

export interface Load {
  readonly count: number
  /** Requests that are sent before the first of them is answered. */
  readonly inFlight: number
  readonly frameOf: (index: number) => Uint8Array
  /** Is given the first answer, whole; all others must be as long. */
  readonly check?: (answer: Uint8Array) => void
  /** Is told how long each request took. */
  readonly onAnswer?: (tookMs: number) => void
}

/** All connections read here: nobody keeps what was read. */
const arena = Buffer.allocUnsafeSlow(1024 * 1024)

export class FramePump {
  readonly #socket: Socket
  #load: Load | undefined
  #done = Promise.withResolvers<void>()
  #sent = 0
  #answered = 0
  /** When the requests that wait were sent, oldest first; as many as are in flight. */
  #sentMs: number[] = []
  /** Of the answer that is coming: the length, as far as it has been read, and what is missing. */
  #prefix = 0
  #prefixBytes = 0
  #missingBytes = 0
  /** The first answer, until it was checked. */
  #first: Buffer[] | undefined
  #answerBytes = -1

  static async connect(bootstrap: string): Promise<FramePump> {
    const [, host, port] = /^\[?(.*?)\]?:(\d+)$/.exec(bootstrap)!
    const pump: { current?: FramePump } = {}
    const socket = connect({
      host: host!,
      port: Number(port),
      onread: {
        buffer: arena,
        callback: (count) => {
          pump.current!.#take(count)
          return true
        },
      },
    })
    await once(socket, 'connect')
    return (pump.current = new FramePump(socket))
  }

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.setNoDelay(true)
    // Only a run that goes on has somebody to tell.
    this.#done.promise.catch(() => {})
    socket.on('error', (error) => this.#done.reject(error))
    socket.on('close', () => this.#done.reject(new Error('the server closed the connection')))
  }

  /** Resolves when all requests of `load` are answered. */
  run(load: Load): Promise<void> {
    this.#load = load
    this.#sent = 0
    this.#answered = 0
    this.#sentMs = []
    this.#answerBytes = -1
    this.#first = load.check && []
    this.#done = Promise.withResolvers()
    this.#send(Math.min(load.inFlight, load.count))
    return this.#done.promise
  }

  close(): void {
    this.#socket.destroy()
  }

  #send(count: number): void {
    const { frameOf, onAnswer } = this.#load!
    this.#socket.cork()
    for (let each = 0; each < count; each++) {
      this.#socket.write(frameOf(this.#sent++))
      if (onAnswer) this.#sentMs.push(performance.now())
    }
    this.#socket.uncork()
  }

  #take(count: number): void {
    let at = 0
    let answered = 0
    while (at < count) {
      if (this.#prefixBytes < 4) {
        this.#prefix = this.#prefix * 256 + arena[at++]!
        if (++this.#prefixBytes < 4) continue
        this.#missingBytes = this.#prefix
      }
      const taken = Math.min(this.#missingBytes, count - at)
      this.#first?.push(Buffer.from(arena.subarray(at, at + taken)))
      at += taken
      this.#missingBytes -= taken
      if (this.#missingBytes === 0) {
        this.#answeredOne(this.#prefix)
        this.#prefix = 0
        this.#prefixBytes = 0
        answered++
      }
    }
    const { count: total } = this.#load!
    if (answered > 0) this.#send(Math.min(answered, total - this.#sent))
    if (this.#answered === total && answered > 0) this.#done.resolve()
  }

  #answeredOne(lengthBytes: number): void {
    const { check, onAnswer } = this.#load!
    if (this.#first) {
      const first = Buffer.concat(this.#first)
      this.#first = undefined
      this.#answerBytes = lengthBytes
      try {
        check!(first)
      } catch (error) {
        this.#done.reject(error)
      }
    }
    if (this.#answerBytes >= 0 && lengthBytes !== this.#answerBytes) {
      this.#done.reject(new Error(`an answer has ${lengthBytes} bytes, not ${this.#answerBytes}`))
    }
    this.#answered++
    onAnswer?.(performance.now() - this.#sentMs.shift()!)
  }
}
