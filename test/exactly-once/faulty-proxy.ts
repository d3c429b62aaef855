/**
 * A TCP proxy with the faults of a network: it delays, stalls, cuts and loses connections. The bytes
 * of a connection keep their order; connections are delayed each by itself, and so overtake each
 * other.
 */

import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import type { SeededRandom } from '../support/random.ts'
import { DelayedStream } from './delayed-stream.ts'

/** What can happen to a connection. */
export const cuts = [
  /** Both ends are told at once, by RST. */
  'reset',
  /** Both ends are told by FIN. */
  'finish',
  /** The broker is told; the client hears nothing ever again. */
  'half-open client',
  /** The client is told; the broker hears nothing ever again. */
  'half-open broker',
  /** Requests arrive and are carried out, but the client gets no answer before it is cut off. */
  'answers lost',
  /** The client is cut off, and what it had sent arrives at the broker later. */
  'late requests',
  /** The next bytes to the broker arrive in part, then both ends are told. */
  'torn request',
] as const
export type Cut = (typeof cuts)[number]

const answersLostMs = 300
const lateMs = 1500

export class FaultyProxy {
  readonly #random: SeededRandom
  readonly #links = new Set<Link>()
  readonly #server: Server
  readonly #targetPort: number
  #delayMaxMs = 0

  private constructor(random: SeededRandom, targetPort: number) {
    this.#random = random
    this.#targetPort = targetPort
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
      this.#accept(client)
    })
  }

  static async start(random: SeededRandom, targetPort: number): Promise<FaultyProxy> {
    const proxy = new FaultyProxy(random, targetPort)
    await once(proxy.#server.listen(0, '127.0.0.1'), 'listening')
    return proxy
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  get connectionCount(): number {
    return this.#links.size
  }

  /** From now on each piece is delayed by up to so many ms; 0 is none. */
  delayUpTo(delayMaxMs: number): void {
    this.#delayMaxMs = delayMaxMs
  }

  /** Lets some of the connections, each with a chance of one half, have that fault. */
  cutSome(cut: Cut): void {
    for (const link of this.#some()) link.cut(cut)
  }

  /** Nothing passes for so long, on some of the connections and in one of the directions. */
  stallSome(stallMs: number): void {
    for (const link of this.#some()) link.stall(this.#random.pick(['in', 'out']), stallMs)
  }

  /** Nothing passes for so long, on any connection. */
  stallAll(stallMs: number): void {
    for (const link of this.#links) {
      link.stall('in', stallMs)
      link.stall('out', stallMs)
    }
  }

  /** No answer passes for so long, on any connection; requests do. */
  stallAnswers(stallMs: number): void {
    for (const link of this.#links) link.stall('out', stallMs)
  }

  async close(): Promise<void> {
    for (const link of this.#links) link.destroy()
    await once(this.#server.close(), 'close')
  }

  #some(): Link[] {
    return [...this.#links].filter(() => this.#random.below(2) === 0)
  }

  #accept(client: Socket): void {
    const broker = connect({ port: this.#targetPort, host: '127.0.0.1', allowHalfOpen: true })
    broker.setNoDelay()
    const delayMs = (): number => this.#delayMaxMs && this.#random.below(this.#delayMaxMs)
    const link = new Link(client, broker, delayMs)
    this.#links.add(link)
    link.onClose = () => this.#links.delete(link)
  }
}

/** A client's connection and the one to the broker that continues it. */
class Link {
  readonly #client: Socket
  readonly #broker: Socket
  readonly #in: DelayedStream
  readonly #out: DelayedStream
  #isCut = false
  onClose = (): void => undefined

  constructor(client: Socket, broker: Socket, delayMs: () => number) {
    this.#client = client
    this.#broker = broker
    this.#in = new DelayedStream(client, broker, delayMs)
    this.#out = new DelayedStream(broker, client, delayMs)
    for (const [socket, other] of [
      [client, broker],
      [broker, client],
    ] as const) {
      socket.on('error', () => this.#isCut || other.resetAndDestroy())
      // Of a connection that is cut, the end that was not told may find out by itself.
      socket.on('end', () => other.destroyed && socket.destroy())
      socket.on('close', () => client.destroyed && broker.destroyed && this.onClose())
    }
  }

  stall(direction: 'in' | 'out', stallMs: number): void {
    const stream = direction === 'in' ? this.#in : this.#out
    stream.stall(stallMs)
  }

  cut(cut: Cut): void {
    if (this.#isCut) return
    if (cut === 'torn request') return this.#in.tearNext(() => this.#resetBoth())
    this.#isCut = true
    this.#out.drop()
    if (cut !== 'late requests' && cut !== 'answers lost') this.#in.drop()
    switch (cut) {
      case 'reset':
        return this.#resetBoth()
      case 'finish':
        this.#client.destroySoon()
        return this.#broker.destroySoon()
      case 'half-open client':
        return void this.#broker.resetAndDestroy()
      case 'half-open broker':
        return void this.#client.resetAndDestroy()
      case 'answers lost':
        return void setTimeout(() => this.#resetBoth(), answersLostMs)
      case 'late requests':
        this.#in.stall(lateMs)
        this.#client.resetAndDestroy()
        return void setTimeout(() => this.#broker.destroySoon(), lateMs + answersLostMs)
    }
  }

  destroy(): void {
    this.#resetBoth()
  }

  #resetBoth(): void {
    this.#isCut = true
    this.#client.resetAndDestroy()
    this.#broker.resetAndDestroy()
  }
}
