/** A broker with faults that a test has chosen: it refuses, is slow, or its connections break. */

import { ByteReader } from '../bytes/reader.ts'
import { ByteWriter } from '../bytes/writer.ts'
import type { Frame } from '../connection/frame.ts'
import type { Peer, Reply, RequestHandler } from '../connection/request-handler.ts'
import { encodingOf } from '../protocol/api.ts'
import { errorCodes, type ErrorName } from '../protocol/error-codes.ts'
import { readRequestHeader, writeResponseHeader } from '../protocol/server-header.ts'
import type { Clock } from '../runtime/runtime.ts'
import { errorAnswers, type FailableApi } from './error-answers.ts'

interface Fault {
  /** `undefined`: the connection breaks. */
  readonly errorCode: number | undefined
  /** Whether the request is carried out all the same. */
  readonly isApplied: boolean
}

export class FaultyBroker implements RequestHandler {
  readonly #broker: RequestHandler
  readonly #clock: Clock
  readonly #peers = new Set<Peer>()
  readonly #faults = new Map<number, Fault[]>()
  /** How long each answer takes. */
  latencyMs = 0

  constructor(broker: RequestHandler, clock: Clock) {
    this.#broker = broker
    this.#clock = clock
  }

  failNext(api: FailableApi, error: ErrorName, times: number): void {
    this.#plan(api, { errorCode: errorCodes[error], isApplied: false }, times)
  }

  disconnectNext(api: FailableApi, isApplied: boolean): void {
    this.#plan(api, { errorCode: undefined, isApplied }, 1)
  }

  /** Breaks all connections that there are now. */
  disconnect(): void {
    for (const peer of this.#peers) peer.disconnect(new Error('a test broke the connection'))
  }

  opened(peer: Peer): void {
    this.#peers.add(peer)
    peer.closed.addEventListener('abort', () => this.#peers.delete(peer), { once: true })
    this.#broker.opened?.(peer)
  }

  isPipelined(message: Uint8Array): boolean {
    return this.#broker.isPipelined(message)
  }

  handle(message: Uint8Array, peer: Peer): Reply {
    const reply = this.#handle(message, peer)
    return this.latencyMs > 0 ? this.#late(reply) : reply
  }

  #handle(message: Uint8Array, peer: Peer): Reply {
    const { apiKey } = readRequestHeader(new ByteReader(message))
    const fault = this.#faults.get(apiKey)?.shift()
    if (!fault) return this.#broker.handle(message, peer)
    if (fault.errorCode !== undefined) return refusal(message, fault.errorCode)
    const reply = fault.isApplied ? this.#broker.handle(message, peer) : undefined
    const disconnect = (): undefined => {
      peer.disconnect(new Error('a test broke the connection'))
      return undefined
    }
    return Promise.resolve(reply).then(disconnect)
  }

  async #late(reply: Reply): Promise<Frame | undefined> {
    const [frame] = await Promise.all([
      reply,
      new Promise<void>((resolve) => void this.#clock.after(this.latencyMs, resolve)),
    ])
    return frame
  }

  #plan(api: FailableApi, fault: Fault, times: number): void {
    const { key } = errorAnswers[api].api
    const planned = this.#faults.get(key) ?? []
    this.#faults.set(key, planned)
    for (let time = 0; time < times; time++) planned.push(fault)
  }
}

function refusal(message: Uint8Array, errorCode: number): Frame {
  const reader = new ByteReader(message)
  const { apiKey, apiVersion, correlationId } = readRequestHeader(reader)
  const { api, of } = Object.values(errorAnswers).find(({ api }) => api.key === apiKey)!
  const encoding = encodingOf(api, apiVersion)
  const answer = of(api.request.read(reader, encoding) as never, errorCode)
  const writer = new ByteWriter()
  writeResponseHeader(writer, api, apiVersion, correlationId)
  api.response.write(writer, answer, encoding)
  return writer.pieces()
}
