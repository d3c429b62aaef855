/** A broker without sockets: typed requests in, typed answers out, on a clock of its own. */

import assert from 'node:assert/strict'
import { ByteReader } from '../../src/bytes/reader.ts'
import { ByteWriter } from '../../src/bytes/writer.ts'
import { Broker } from '../../src/broker/broker.ts'
import type { BrokerOptions } from '../../src/broker/broker-options.ts'
import type { Frame } from '../../src/connection/frame.ts'
import type { Peer } from '../../src/connection/request-handler.ts'
import { encodingOf, readWhole, type Api } from '../../src/protocol/api.ts'
import { readResponseHeader, writeRequestHeader } from '../../src/protocol/client-header.ts'
import { createTopics } from '../../src/protocol/create-topics.ts'
import { deleteTopics } from '../../src/protocol/delete-topics.ts'
import { produce } from '../../src/protocol/produce.ts'
import { writeBatch, type FinishOptions, type RecordInput } from '../../src/record/batch-writer.ts'
import { nodeCodecs } from '../../src/record/node-compression.ts'
import { silentLogger, type Logger, type Random } from '../../src/runtime/runtime.ts'
import { ManualClock } from '../../src/runtime/manual-clock.ts'
import { MemoryStorage } from '../../src/storage/memory-storage.ts'
import type { Storage } from '../../src/storage/storage.ts'
import { seededRandom } from './random.ts'

export interface HarnessOptions {
  readonly storage?: Storage
  readonly broker?: BrokerOptions
  readonly clock?: ManualClock
  /** One for all brokers on the same storage, else a later one gives the same ids again. */
  readonly random?: Random
  /** @default a silent one */
  readonly logger?: Logger
}

export class BrokerHarness {
  readonly clock: ManualClock
  readonly storage: Storage
  readonly failures: Error[] = []
  readonly #options: BrokerOptions
  readonly #random: Random
  readonly #logger: Logger
  #broker: Broker
  #correlationId = 0

  constructor(options: HarnessOptions = {}) {
    this.clock = options.clock ?? new ManualClock()
    this.storage = options.storage ?? new MemoryStorage()
    this.#options = options.broker ?? {}
    this.#random = options.random ?? seededRandom()
    this.#logger = options.logger ?? silentLogger
    this.#broker = this.#open()
  }

  get broker(): Broker {
    return this.#broker
  }

  #open(): Broker {
    return Broker.open({
      storage: this.storage,
      clock: this.clock,
      random: this.#random,
      logger: this.#logger,
      codecs: nodeCodecs,
      options: this.#options,
      onFailure: (error) => this.failures.push(error),
    })
  }

  /** Closes the broker and opens it again on the same storage. */
  async restart(): Promise<void> {
    await this.#broker.close()
    this.#broker = this.#open()
  }

  /** Sends a request in `version`; resolves with the whole answer, `undefined` where there is none. */
  async request<Request, Response, RequestInput, ResponseInput>(
    api: Api<Request, Response, RequestInput, ResponseInput>,
    version: number,
    body: RequestInput,
    peer: Peer = newPeer().peer,
  ): Promise<Response> {
    const message = this.encode(api, version, body)
    const frame = await this.#broker.handle(message, peer)
    if (!frame) return undefined as Response
    return decode(api, version, frame)
  }

  /** Creates a topic, or fails the test. Returns its id. */
  async createTopic(
    name: string,
    {
      partitions = 1,
      configs = {},
    }: { partitions?: number; configs?: Record<string, string> } = {},
  ): Promise<string> {
    const list = Object.entries(configs).map(([config, value]) => ({ name: config, value }))
    const topic = { name, numPartitions: partitions, replicationFactor: 1, configs: list }
    const { topics } = await this.request(createTopics, 7, { topics: [topic] })
    assert.equal(topics[0]!.errorCode, 0, topics[0]!.errorMessage ?? '')
    return topics[0]!.topicId
  }

  async deleteTopic(name: string): Promise<void> {
    const { responses } = await this.request(deleteTopics, 6, {
      topics: [{ name }],
      timeoutMs: 1000,
    })
    assert.equal(responses[0]!.errorCode, 0)
  }

  /** Appends a batch to a partition, durably, or fails the test. Returns its first offset. */
  async send(topic: string, index: number, records: Uint8Array): Promise<number> {
    const topicData = [{ name: topic, partitionData: [{ index, records }] }]
    const answer = await this.request(produce, 9, { acks: -1, timeoutMs: 1000, topicData })
    const { errorCode, errorMessage, baseOffset } = answer.responses[0]!.partitionResponses[0]!
    assert.equal(errorCode, 0, errorMessage ?? '')
    return baseOffset
  }

  encode<Request, Response, RequestInput, ResponseInput>(
    api: Api<Request, Response, RequestInput, ResponseInput>,
    version: number,
    body: RequestInput,
  ): Uint8Array {
    const writer = new ByteWriter()
    const correlationId = this.#correlationId++
    writeRequestHeader(writer, { api, version, correlationId, clientId: 'test' })
    api.request.write(writer, body, encodingOf(api, version))
    return writer.finish().slice()
  }
}

function decode<Request, Response, RequestInput, ResponseInput>(
  api: Api<Request, Response, RequestInput, ResponseInput>,
  version: number,
  frame: Frame,
): Response {
  const reader = new ByteReader(Uint8Array.from(Buffer.concat(frame)))
  readResponseHeader(reader, api, version)
  return readWhole(api.response, reader, encodingOf(api, version))
}

/** A client's end, and what ends its connection. */
export function newPeer(): { readonly peer: Peer; readonly disconnect: () => void } {
  const closed = new AbortController()
  const dialled = { host: 'broker.test', port: 9092 }
  const disconnect = () => closed.abort()
  const facts = { id: 1, kind: 'in-process', host: 'client', dialled, isPrivate: true } as const
  const none = (): void => {}
  const ends = { disconnect, closeAfterAnswer: none, authenticated: none, mute: () => none }
  return { peer: { ...facts, ...ends, closed: closed.signal }, disconnect }
}

/** Returns a batch of records with these values and timestamps 1, 2, … */
export function batchOf(
  values: readonly (string | RecordInput)[],
  options: FinishOptions & { compression?: 'gzip' } = {},
): Uint8Array {
  const records = values.map((value, index) =>
    typeof value === 'string' ? { key: null, value, timestamp: index + 1 } : value,
  )
  const { compression = 'none', ...rest } = options
  return writeBatch(records, { ...rest, compression, codecs: nodeCodecs }) as Uint8Array
}

/** Lets promises that are ready run, and what they lead to. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
