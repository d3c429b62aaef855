/**
 * A network between clients and one broker: messages take time, keep their order within a
 * connection, and get lost with it. A connection may be cut at any message, or go dead without
 * anybody being told.
 */

import type { Dialer, Frame, FrameReceiver, FrameStream } from '../../src/connection/frame.ts'
import type { SeededRandom } from '../support/random.ts'
import type { SimClock } from './sim-clock.ts'
import type { Trace } from './trace.ts'

export interface NetworkFaults {
  /** Messages of a million that end their connection. */
  cutPerMillion: number
  /** Messages of a million from which on nothing arrives any more, in both directions. */
  deadPerMillion: number
  latencyMs: number
}

export interface SimNetworkOptions {
  readonly clock: SimClock
  readonly random: SeededRandom
  readonly trace: Trace
  readonly count: (what: string) => void
}

/** The network as one process sees it. */
export interface Attachment {
  readonly dialer: Dialer
  /** The process is gone, and says nothing any more; the other ends find out. */
  cutOff(): void
  /** Whether the process stands still: what arrives waits for it. */
  freeze(isFrozen: boolean): void
}

/** Takes the server's end of a connection. */
export type Accept = (stream: FrameStream) => void

export class SimNetwork {
  readonly faults: NetworkFaults = { cutPerMillion: 0, deadPerMillion: 0, latencyMs: 0.3 }
  readonly options: SimNetworkOptions
  readonly #connections = new Set<Connection>()
  #accept: Accept | undefined
  #nextId = 1

  constructor(options: SimNetworkOptions) {
    this.options = options
  }

  /** Returns what one process connects with, and what cuts it off. */
  attach(): Attachment {
    const own = new Set<Connection>()
    let isCutOff = false
    const dialer: Dialer = {
      dial: async (_address, options) => {
        await this.options.clock.sleep(this.latencyMs())
        options?.signal?.throwIfAborted()
        if (!this.#accept || isCutOff) throw new Error('ECONNREFUSED')
        const connection = new Connection(this, this.#nextId++)
        own.add(connection)
        this.#connections.add(connection)
        this.options.trace.note(`connection ${connection.id}`)
        this.#accept(connection.server)
        return connection.client
      },
    }
    const cutOff = (): void => {
      isCutOff = true
      for (const connection of own) connection.clientIsGone()
    }
    const freeze = (isFrozen: boolean): void => {
      for (const { client } of own) client.freeze(isFrozen)
    }
    return { dialer, cutOff, freeze }
  }

  /** Lets a broker take connections. */
  listen(accept: Accept): void {
    this.#accept = accept
  }

  /** The broker is gone, and all connections with it. */
  hangUp(): void {
    this.#accept = undefined
    for (const connection of this.#connections) connection.serverIsGone()
    this.#connections.clear()
  }

  latencyMs(): number {
    const { random } = this.options
    // Most messages are quick, some are not.
    const factor = random.below(20) === 0 ? 20 : 1
    return this.faults.latencyMs * factor * random.number()
  }

  ended(connection: Connection): void {
    this.#connections.delete(connection)
  }
}

class Connection {
  readonly id: number
  readonly network: SimNetwork
  readonly client: End
  readonly server: End
  /** Nothing arrives any more. */
  isDead = false

  constructor(network: SimNetwork, id: number) {
    this.network = network
    this.id = id
    this.client = new End(this, 'client')
    this.server = new End(this, 'server')
    this.client.connect(this.server)
    this.server.connect(this.client)
  }

  /** Decides what becomes of a message; returns whether it goes on its way. */
  carries(): boolean {
    const { faults, options } = this.network
    const lot = options.random.below(1_000_000)
    if (lot < faults.cutPerMillion) {
      options.count('connections cut')
      options.trace.note(`cut ${this.id}`)
      this.cut()
      return false
    }
    if (lot < faults.cutPerMillion + faults.deadPerMillion && !this.isDead) {
      options.count('connections dead')
      options.trace.note(`dead ${this.id}`)
      this.isDead = true
    }
    return !this.isDead
  }

  cut(): void {
    const reason = new Error('ECONNRESET')
    this.client.end(reason)
    this.server.end(reason)
    this.network.ended(this)
  }

  serverIsGone(): void {
    this.#isGone(this.server, this.client)
  }

  clientIsGone(): void {
    if (!this.client.isEnded) this.#isGone(this.client, this.server)
    this.network.ended(this)
  }

  #isGone(gone: End, other: End): void {
    gone.isEnded = true
    const { clock } = this.network.options
    clock.after(this.network.latencyMs(), () => other.end(new Error('ECONNRESET')))
  }
}

class End implements FrameStream {
  readonly #connection: Connection
  readonly #name: string
  #other: End | undefined
  #receiver: FrameReceiver | undefined
  /** Messages that have arrived and were not taken yet; `undefined` is the end. */
  readonly #arrived: (Uint8Array | undefined)[] = []
  #isPaused = false
  #isFrozen = false
  /** When the last message on its way arrives: none overtakes it. */
  #lastMs = 0
  isEnded = false

  readonly bufferedBytes = 0

  constructor(connection: Connection, name: string) {
    this.#connection = connection
    this.#name = name
  }

  connect(other: End): void {
    this.#other = other
  }

  start(receiver: FrameReceiver): void {
    this.#receiver = receiver
    queueMicrotask(() => this.#deliver())
  }

  send(frame: Frame): void {
    if (this.isEnded) return
    const bytes = Uint8Array.from(Buffer.concat(frame))
    const { trace } = this.#connection.network.options
    trace.bytes(`${this.#name} ${this.#connection.id} sends`, bytes)
    if (this.#connection.carries()) this.#transmit(bytes)
  }

  pause(): void {
    this.#isPaused = true
  }

  resume(): void {
    this.#isPaused = false
    queueMicrotask(() => this.#deliver())
  }

  freeze(isFrozen: boolean): void {
    this.#isFrozen = isFrozen
    this.#deliver()
  }

  /** What the other end has not got by now gets lost. */
  close(reason?: Error): void {
    if (this.isEnded) return
    this.end(reason)
    if (!this.#connection.isDead) this.#transmit(undefined)
    this.#connection.network.ended(this.#connection)
  }

  end(reason?: Error): void {
    if (this.isEnded) return
    this.isEnded = true
    this.#arrived.length = 0
    queueMicrotask(() => this.#receiver?.onClose(reason))
  }

  #transmit(bytes: Uint8Array | undefined): void {
    const { network } = this.#connection
    const { clock } = network.options
    const nowMs = clock.monotonic()
    this.#lastMs = Math.max(this.#lastMs, nowMs + network.latencyMs())
    const other = this.#other!
    clock.after(this.#lastMs - nowMs, () => {
      // Who has closed a connection has lost what was on its way as well.
      if (bytes && (this.isEnded || this.#connection.isDead)) return
      other.#arrive(bytes)
    })
  }

  #takesMore(): boolean {
    return !this.#isPaused && !this.#isFrozen && !this.isEnded
  }

  #arrive(bytes: Uint8Array | undefined): void {
    if (this.isEnded) return
    this.#arrived.push(bytes)
    this.#deliver()
  }

  #deliver(): void {
    while (this.#receiver && this.#arrived.length > 0 && this.#takesMore()) {
      const bytes = this.#arrived.shift()
      if (!bytes) {
        this.isEnded = true
        this.#receiver.onClose()
        return
      }
      this.#receiver.onFrame(bytes)
      // A message is a view that is valid during the call only: who keeps it keeps this.
      bytes.fill(0xee)
    }
  }
}
