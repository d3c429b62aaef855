/**
 * A Kafka client with nothing between a request and the socket, so that what a benchmark measures
 * is the broker. It is also cheap enough to have ten thousand of.
 */

import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { ByteReader } from '../src/bytes/reader.ts'
import { ByteWriter } from '../src/bytes/writer.ts'
import { FrameSplitter, prefixed } from '../src/connection/frame-splitter.ts'
import { encodingOf, readWhole, type Api } from '../src/protocol/api.ts'
import { readResponseHeader, writeRequestHeader } from '../src/protocol/client-header.ts'
import { createTopics } from '../src/protocol/create-topics.ts'
import { deleteTopics } from '../src/protocol/delete-topics.ts'
import { listOffsets } from '../src/protocol/list-offsets.ts'
import { produce } from '../src/protocol/produce.ts'

const maxFrameBytes = 64 * 1024 * 1024
const requestTimeoutMs = 30_000
/** Kafka's number for the offset after the last record. */
const latest = -1

interface Waiting {
  readonly api: Api
  readonly version: number
  readonly resolve: (response: unknown) => void
  readonly reject: (reason: Error) => void
}

/** One connection. Requests are answered in their order, as Kafka does. */
export class RawClient {
  readonly #socket: Socket
  readonly #waiting: Waiting[] = []
  #nextCorrelationId = 0

  /** @param options.localAddress the loopback address to dial from, each of which has 28,000 ports */
  static async connect(
    bootstrap: string,
    options: { readonly localAddress?: string } = {},
  ): Promise<RawClient> {
    const [, host, port] = /^\[?(.*?)\]?:(\d+)$/.exec(bootstrap)!
    const socket = connect({ host: host!, port: Number(port), ...options })
    await once(socket, 'connect')
    return new RawClient(socket)
  }

  private constructor(socket: Socket) {
    this.#socket = socket
    const splitter = new FrameSplitter({
      maxFrameBytes,
      onFrame: (message) => this.#settle(message),
    })
    socket.setNoDelay(true)
    socket.on('data', (bytes: Buffer) => splitter.push(bytes))
    socket.on('error', (error) => this.#fail(error))
    socket.on('close', () => this.#fail(new Error('the broker closed the connection')))
  }

  request<Request, Response, RequestInput, ResponseInput>(
    api: Api<Request, Response, RequestInput, ResponseInput>,
    version: number,
    input: RequestInput,
  ): Promise<Response> {
    const writer = new ByteWriter()
    const correlationId = this.#nextCorrelationId++
    writeRequestHeader(writer, { api, version, correlationId, clientId: 'bench' })
    api.request.write(writer, input, encodingOf(api, version))
    const length = writer.length
    for (const piece of prefixed(writer.pieces(), length)) this.#socket.write(piece)
    return new Promise((resolve, reject) => {
      this.#waiting.push({
        api: api as unknown as Api,
        version,
        resolve: resolve as (response: unknown) => void,
        reject,
      })
    })
  }

  close(): void {
    this.#socket.destroy()
  }

  #settle(message: Uint8Array): void {
    const { api, version, resolve, reject } = this.#waiting.shift()!
    try {
      // Copied, since whoever gets the response looks at it later.
      const reader = new ByteReader(message.slice())
      readResponseHeader(reader, api, version)
      resolve(readWhole(api.response, reader, encodingOf(api, version)))
    } catch (error) {
      reject(error as Error)
    }
  }

  #fail(error: Error): void {
    for (const { reject } of this.#waiting.splice(0)) reject(error)
  }
}

export interface NewTopic {
  readonly name: string
  readonly partitions: number
  readonly configs?: Readonly<Record<string, string>>
}

/** Creates topics, and resolves when their partitions can be produced to. */
export async function createTopicsOn(
  client: RawClient,
  topics: readonly NewTopic[],
): Promise<void> {
  const response = await client.request(createTopics, 5, {
    topics: topics.map(({ name, partitions, configs = {} }) => ({
      name,
      numPartitions: partitions,
      replicationFactor: 1,
      configs: Object.entries(configs).map(([name, value]) => ({ name, value })),
    })),
    timeoutMs: requestTimeoutMs,
  })
  for (const { name, errorCode, errorMessage } of response.topics) {
    refuse(errorCode, `creating ${name}: ${errorMessage ?? ''}`)
  }
  for (const topic of topics) await untilServed(client, topic)
}

/** Resolves when the partitions of a topic can be produced to. */
export async function untilServed(client: RawClient, topic: NewTopic): Promise<void> {
  while (!(await isServed(client, topic))) await delay(5)
}

/** Apache Kafka answers the creation before its broker knows that it leads the partitions. */
async function isServed(client: RawClient, { name, partitions }: NewTopic): Promise<boolean> {
  const asked = Array.from({ length: partitions }, (_, partitionIndex) => ({
    partitionIndex,
    timestamp: latest,
  }))
  const { topics } = await client.request(listOffsets, 1, {
    replicaId: -1,
    topics: [{ name, partitions: asked }],
  })
  return topics.every((topic) => topic.partitions.every(({ errorCode }) => errorCode === 0))
}

export async function deleteTopicOn(client: RawClient, name: string): Promise<void> {
  const input = { topicNames: [name], timeoutMs: requestTimeoutMs }
  const { responses } = await client.request(deleteTopics, 4, input)
  for (const { errorCode } of responses) refuse(errorCode, `deleting ${name}`)
}

/** Sends one batch to one partition; resolves when it is acknowledged by all that there are. */
export async function produceOn(
  client: RawClient,
  { topic, partition, records }: { topic: string; partition: number; records: Uint8Array },
): Promise<void> {
  const { responses } = await client.request(produce, 9, {
    acks: -1,
    timeoutMs: requestTimeoutMs,
    topicData: [{ name: topic, partitionData: [{ index: partition, records }] }],
  })
  const code = responses[0]?.partitionResponses[0]?.errorCode ?? -1
  refuse(code, `producing to ${topic}-${partition}`)
}

/** @throws Error where `errorCode` is one */
export function refuse(errorCode: number, what: string): void {
  if (errorCode !== 0) throw new Error(`error ${errorCode} while ${what}`)
}
