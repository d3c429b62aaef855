/** Requests as bytes, made before they are sent, so that a benchmark measures the broker alone. */

import { ByteReader } from '../src/bytes/reader.ts'
import { ByteWriter } from '../src/bytes/writer.ts'
import { prefixed } from '../src/connection/frame-splitter.ts'
import { encodingOf, readWhole, type Api } from '../src/protocol/api.ts'
import { readResponseHeader, writeRequestHeader } from '../src/protocol/client-header.ts'
import { fetch } from '../src/protocol/fetch.ts'
import { produce } from '../src/protocol/produce.ts'
import { writeBatch } from '../src/record/batch-writer.ts'
import { validateBatch } from '../src/record/batch.ts'
import { refuse } from './raw-client.ts'

// The last versions that name topics, as the bare loop names files: by name.
const produceVersion = 12
const fetchVersion = 12
const timeoutMs = 30_000

export interface Place {
  readonly topic: string
  readonly partition: number
}

function frameOf<Request, Response, Input, ResponseInput>(
  api: Api<Request, Response, Input, ResponseInput>,
  version: number,
  input: Input,
): Buffer {
  const writer = new ByteWriter()
  writeRequestHeader(writer, { api, version, correlationId: 0, clientId: 'bench' })
  api.request.write(writer, input, encodingOf(api, version))
  return Buffer.concat(prefixed([writer.finish()], writer.length))
}

/** Returns a batch of one record that takes exactly `sizeBytes`. */
export async function batchOfSize(sizeBytes: number): Promise<Uint8Array> {
  let valueBytes = sizeBytes
  for (;;) {
    const value = new Uint8Array(valueBytes).fill(0x78)
    const batch = await writeBatch([{ key: null, value, timestamp: Date.now() }])
    if (batch.length === sizeBytes) return batch
    // More than once, since the lengths in a record take more bytes where they are larger.
    valueBytes += sizeBytes - batch.length
  }
}

/** Returns the frame that appends `records` and is answered when they are acknowledged by all. */
export function produceFrame({ topic, partition }: Place, records: Uint8Array): Buffer {
  return produceAllFrame(topic, new Map([[partition, records]]))
}

/** The same for batches by their partitions. */
export function produceAllFrame(topic: string, batches: ReadonlyMap<number, Uint8Array>): Buffer {
  const partitionData = [...batches].map(([index, records]) => ({ index, records }))
  const topicData = [{ name: topic, partitionData }]
  return frameOf(produce, produceVersion, { acks: -1, timeoutMs, topicData })
}

/** @throws Error where the answer to one of these frames has an error */
export function checkProduced(answer: Uint8Array): void {
  const { responses } = bodyOf(produce, produceVersion, answer)
  for (const { partitionResponses } of responses) {
    for (const { errorCode } of partitionResponses) refuse(errorCode, 'producing')
  }
}

/** Returns the frame that fetches up to `maxBytes` from `offset` on. */
export function fetchFrame({ topic, partition }: Place, offset: number, maxBytes: number): Buffer {
  return fetchAllFrame(topic, new Map([[partition, offset]]), maxBytes)
}

/** The same from several partitions, so much of each, by the offsets of these. */
export function fetchAllFrame(
  topic: string,
  offsets: ReadonlyMap<number, number>,
  maxBytes: number,
): Buffer {
  const partitions = [...offsets].map(([partition, fetchOffset]) => {
    return { partition, fetchOffset, partitionMaxBytes: maxBytes }
  })
  const topics = [{ topic, partitions }]
  return frameOf(fetch, fetchVersion, { maxWaitMs: 0, minBytes: 1, topics })
}

/** @throws Error where the answer to `fetchFrame` is not one good batch */
export function checkFetched(answer: Uint8Array): void {
  const [fetched] = readFetched(answer)
  validateBatch(fetched!.records)
}

export interface FetchedPartition {
  readonly partition: number
  /** A view of the answer. */
  readonly records: Uint8Array
}

/** Returns what is in the answer to one of these frames. @throws Error where that is an error */
export function readFetched(answer: Uint8Array): FetchedPartition[] {
  const { partitions } = bodyOf(fetch, fetchVersion, answer).responses[0]!
  return partitions.map(({ partitionIndex: partition, errorCode, records }) => {
    refuse(errorCode, 'fetching')
    return { partition, records: records! }
  })
}

function bodyOf<Request, Response, Input, ResponseInput>(
  api: Api<Request, Response, Input, ResponseInput>,
  version: number,
  answer: Uint8Array,
): Response {
  const reader = new ByteReader(answer)
  readResponseHeader(reader, api, version)
  return readWhole(api.response, reader, encodingOf(api, version))
}
