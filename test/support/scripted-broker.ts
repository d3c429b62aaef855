/** A broker that answers as a test says, request by request, on a clock of its own. */

import { ByteReader } from '../../src/bytes/reader.ts'
import { ByteWriter } from '../../src/bytes/writer.ts'
import { Cluster } from '../../src/client/cluster/cluster.ts'
import { resolveKafkaOptions, type KafkaOptions } from '../../src/client/settings/kafka-options.ts'
import type { Platform } from '../../src/client/settings/platform.ts'
import type { Dialer, FrameStream } from '../../src/connection/frame.ts'
import { inProcessPair } from '../../src/connection/in-process.ts'
import { apiVersions } from '../../src/protocol/api-versions.ts'
import { encodingOf, type Api } from '../../src/protocol/api.ts'
import { metadata } from '../../src/protocol/metadata.ts'
import { readRequestHeader, writeResponseHeader } from '../../src/protocol/server-header.ts'
import { ManualClock } from '../../src/runtime/manual-clock.ts'
import { silentLogger } from '../../src/runtime/runtime.ts'
import { seededRandom } from './random.ts'

/** Ends the connection instead of an answer. */
export const drop = Symbol('drop')

type Answer<ResponseInput> = ResponseInput | undefined | typeof drop
type Handle<Request, ResponseInput> = (
  request: Request,
  context: { readonly version: number; readonly address: string },
) => Answer<ResponseInput> | Promise<Answer<ResponseInput>>

// oxlint-disable-next-line typescript/no-explicit-any -- a table of unrelated types
type AnyEntry = { api: Api<any, any, any, any>; max: number; handle: Handle<any, any> }

export interface Seen {
  readonly name: string
  readonly version: number
  readonly body: unknown
  /** The address that was asked, as `host:port`. */
  readonly address: string
}

export class ScriptedBroker {
  readonly clock = new ManualClock()
  /** All requests that came, but for ApiVersions. */
  readonly seen: Seen[] = []
  /** Addresses that were dialled, as `host:port`. */
  readonly dialled: string[] = []
  readonly #handlers = new Map<number, AnyEntry>()
  readonly #streams = new Set<FrameStream>()
  /** Addresses that take no connection. */
  readonly down = new Set<string>()
  /** Addresses where nothing is answered, connections are open as they are. */
  readonly frozen = new Set<string>()
  /** Whether requests of a connection are answered one after another, as Kafka does. */
  isInOrder = false

  /** Has requests of `api` answered by `handle`, in versions up to `max`; `undefined` is silence. */
  on<Request, Response, Input, ResponseInput>(
    api: Api<Request, Response, Input, ResponseInput>,
    handle: Handle<Request, ResponseInput>,
    max = api.versions.max,
  ): this {
    this.#handlers.set(api.key, { api, max, handle })
    return this
  }

  /**
   * Answers Metadata with node 1. Of each topic `topics` has the leaders of its partitions, where
   * -1 is none, or how many there are, all led by node 1.
   */
  withTopics(topics: Readonly<Record<string, number | readonly number[]>>): this {
    return this.on(metadata, ({ topics: asked }) => ({
      brokers: [{ nodeId: 1, host: 'broker-1', port: 9092 }],
      controllerId: 1,
      clusterId: 'scripted',
      topics: (asked ?? []).map(({ name }) => {
        const known = topics[name ?? '']
        const leaders = typeof known === 'number' ? Array<number>(known).fill(1) : known
        return {
          errorCode: leaders === undefined ? 3 : 0,
          name,
          topicId: topicId(name ?? ''),
          partitions: (leaders ?? []).map((leaderId, partitionIndex) => ({
            errorCode: 0,
            partitionIndex,
            leaderId,
            replicaNodes: [1],
            isrNodes: [1],
          })),
        }
      }),
    }))
  }

  readonly dialer: Dialer = {
    dial: async ({ host, port }) => {
      const address = `${host}:${port}`
      this.dialled.push(address)
      if (this.down.has(address)) throw new Error(`ECONNREFUSED ${address}`)
      const [client, server] = inProcessPair(queueMicrotask)
      this.#streams.add(server)
      let last = Promise.resolve()
      server.start({
        onFrame: (message) => {
          if (this.frozen.has(address)) return
          const request = message.slice()
          if (this.isInOrder) last = last.then(() => this.#answer(server, address, request))
          else void this.#answer(server, address, request)
        },
        onClose: () => this.#streams.delete(server),
      })
      return client
    },
  }

  get connectionCount(): number {
    return this.#streams.size
  }

  /** Ends all connections. */
  disconnect(): void {
    for (const stream of this.#streams) stream.close()
  }

  /** Bodies of the requests of `api` so far. */
  requests<Request, Response, Input, ResponseInput>(
    api: Api<Request, Response, Input, ResponseInput>,
  ): Request[] {
    return this.seen.filter(({ name }) => name === api.name).map(({ body }) => body as Request)
  }

  platform(): Platform {
    return {
      transports: {
        kafka: () => ({ dialer: this.dialer }),
        http: () => ({ dialer: this.dialer }),
      },
      clock: this.clock,
      random: seededRandom(1),
      codecs: {},
      env: {},
      logger: silentLogger,
    }
  }

  cluster(options: KafkaOptions = {}): Cluster {
    const platform = this.platform()
    const all = { url: 'kafka://broker-1:9092', ...options }
    return new Cluster(resolveKafkaOptions(all, platform), platform)
  }

  async #answer(stream: FrameStream, address: string, message: Uint8Array): Promise<void> {
    const reader = new ByteReader(message)
    const { apiKey, apiVersion, correlationId } = readRequestHeader(reader)
    if (apiKey === apiVersions.key) {
      return this.#send(stream, apiVersions, apiVersion, correlationId, this.#versions())
    }
    const entry = this.#handlers.get(apiKey)
    if (!entry) throw new Error(`no answer is scripted for API ${apiKey}`)
    const { api, handle } = entry
    const body: unknown = api.request.read(reader, encodingOf(api, apiVersion))
    this.seen.push({ name: api.name, version: apiVersion, body, address })
    const answer = await handle(body, { version: apiVersion, address })
    if (answer === drop) stream.close()
    else if (answer !== undefined) this.#send(stream, api, apiVersion, correlationId, answer)
  }

  #versions() {
    const apiKeys = [...this.#handlers.values()].map(({ api, max }) => ({
      apiKey: api.key,
      minVersion: api.versions.min,
      maxVersion: max,
    }))
    return { errorCode: 0, apiKeys }
  }

  #send<Request, Response, Input, ResponseInput>(
    stream: FrameStream,
    api: Api<Request, Response, Input, ResponseInput>,
    version: number,
    correlationId: number,
    answer: ResponseInput,
  ): void {
    const writer = new ByteWriter()
    writeResponseHeader(writer, api, version, correlationId)
    api.response.write(writer, answer, encodingOf(api, version))
    stream.send([writer.finish()])
  }
}

/** Returns the id that a scripted broker has for a topic: its name, filled up. */
export function topicId(name: string): string {
  return `${name.replaceAll(/[^a-zA-Z0-9]/g, '-')}${'A'.repeat(22)}`.slice(0, 21) + 'A'
}

/** Resolves once everything that waits for nothing but its turn has had it. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/** Lets time pass in small steps until `promise` is settled; returns what it gives. */
export async function pass<Result>(
  broker: ScriptedBroker,
  promise: Promise<Result>,
): Promise<Result> {
  let isSettled = false
  const mark = (): void => void (isSettled = true)
  promise.then(mark, mark)
  for (let step = 0; step < 1000 && !isSettled; step++) {
    await settled()
    if (!isSettled) broker.clock.advance(100)
  }
  return await promise
}
