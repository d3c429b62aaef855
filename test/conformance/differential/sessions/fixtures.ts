/** What several sessions need: topics that are ready, and batches of known bytes. */

import { createTopics } from '../../../../src/protocol/create-topics.ts'
import { findCoordinator } from '../../../../src/protocol/find-coordinator.ts'
import { initProducerId } from '../../../../src/protocol/init-producer-id.ts'
import { listOffsets } from '../../../../src/protocol/list-offsets.ts'
import { metadata } from '../../../../src/protocol/metadata.ts'
import { offsetFetch } from '../../../../src/protocol/offset-fetch.ts'
import { produce } from '../../../../src/protocol/produce.ts'
import {
  writeBatch,
  type BatchWriterOptions,
  type FinishOptions,
  type RecordInput,
} from '../../../../src/record/batch-writer.ts'
import * as batchLayout from '../../../../src/record/batch-layout.ts'
import { crc32c } from '../../../../src/record/crc32c.ts'
import { nodeCodecs } from '../../../../src/record/node-compression.ts'
import type { Script } from '../script.ts'
import type { Side } from '../side.ts'

const dayMs = 86_400_000
/** Of all records that do not say otherwise: old, but no day on which retention deletes them. */
export const timestamp = Math.floor(Date.now() / dayMs) * dayMs - dayMs
export const unknownId = 'unknown-topic-id-AAAAA'
const timeoutMs = 30_000

export interface TopicOptions {
  readonly partitions?: number
  readonly configs?: Readonly<Record<string, string>>
}

/** Has Apache Kafka make its internal topics, which in our broker are there from the start. */
export async function makeInternalTopics(script: Script): Promise<void> {
  const label = 'until coordinators are ready'
  for (const keyType of [0, 1]) {
    const body = { keyType, coordinatorKeys: ['coordinated'] }
    await script.ask(findCoordinator, label, body, {
      versions: script.newest(findCoordinator),
      until: ({ coordinators }) => coordinators[0]!.errorCode === 0,
    })
  }
  for (const transactionalId of [null, 'coordinated']) {
    const body = { transactionalId, transactionTimeoutMs: 60_000 }
    await script.ask(initProducerId, label, body, {
      versions: script.newest(initProducerId),
      until: ({ errorCode }) => errorCode === 0,
    })
  }
  const groups = [{ groupId: 'coordinated', topics: null }]
  await script.ask(
    offsetFetch,
    label,
    { groups },
    {
      versions: script.newest(offsetFetch),
      until: (answer) => answer.groups[0]!.errorCode === 0,
    },
  )
}

/** Creates a topic, and waits until it can be written to and read. */
export async function makeTopic(
  script: Script,
  name: string,
  { partitions = 1, configs = {} }: TopicOptions = {},
): Promise<void> {
  const topic = {
    name,
    numPartitions: partitions,
    replicationFactor: 1,
    configs: Object.entries(configs).map(([name, value]) => ({ name, value })),
  }
  const label = 'a topic for a session'
  const versions = script.newest(createTopics)
  await script.ask(createTopics, label, { topics: [topic], timeoutMs }, { versions })
  await awaitTopic(script, name, partitions)
}

export async function awaitTopic(script: Script, name: string, partitions = 1): Promise<void> {
  const label = 'until a topic is ready'
  await script.ask(
    metadata,
    label,
    { topics: [{ name }], allowAutoTopicCreation: false },
    {
      versions: script.newest(metadata),
      until: ({ topics }) => topics[0]!.partitions.filter(hasLeader).length === partitions,
    },
  )
  const indexes = Array.from({ length: partitions }, (_, partitionIndex) => partitionIndex)
  const asked = indexes.map((partitionIndex) => ({ partitionIndex, timestamp: -2 }))
  await script.ask(
    listOffsets,
    label,
    { topics: [{ name, partitions: asked }] },
    {
      versions: script.newest(listOffsets),
      until: ({ topics }) => topics[0]!.partitions.every(({ errorCode }) => errorCode === 0),
    },
  )
}

export async function awaitNoTopic(script: Script, name: string): Promise<void> {
  const body = { topics: [{ name }], allowAutoTopicCreation: false }
  await script.ask(metadata, 'until a topic is gone', body, {
    versions: script.newest(metadata),
    until: ({ topics }) => topics[0]!.errorCode !== 0,
  })
}

function hasLeader({ errorCode, leaderId }: { errorCode: number; leaderId: number }): boolean {
  return errorCode === 0 && leaderId >= 0
}

export type BatchOptions = BatchWriterOptions & FinishOptions

export async function batchOf(
  values: readonly string[],
  options: BatchOptions = {},
): Promise<Uint8Array> {
  return await batchOfRecords(
    values.map((value, index) => ({ key: `key ${index}`, value, timestamp: timestamp + index })),
    options,
  )
}

export async function batchOfRecords(
  records: readonly RecordInput[],
  options: BatchOptions = {},
): Promise<Uint8Array> {
  return await writeBatch(records, { codecs: nodeCodecs, ...options })
}

export interface ProduceOptions {
  readonly partition?: number
  readonly acks?: number
  readonly transactionalId?: string | null
}

/** The body of a produce request for one batch, in every version. */
export function produceBody(
  topic: string,
  records: Uint8Array | null | ((side: Side) => Uint8Array),
  { partition = 0, acks = -1, transactionalId = null }: ProduceOptions = {},
) {
  return (side: Side) => {
    const bytes = typeof records === 'function' ? records(side) : records
    const partitionData = [{ index: partition, records: bytes }]
    const topicId = side.knowsTopic(topic) ? side.topicId(topic) : unknownId
    return {
      transactionalId,
      acks,
      timeoutMs,
      topicData: [{ name: topic, topicId, partitionData }],
    }
  }
}

/** Appends records to a partition of both brokers, in one request of the newest version. */
export async function fill(
  script: Script,
  topic: string,
  batches: readonly Uint8Array[],
): Promise<void> {
  for (const batch of batches) {
    const versions = script.newest(produce)
    await script.ask(produce, 'records for a session', produceBody(topic, batch), { versions })
  }
}

/** Returns a copy of `batch` with changes, under a CRC that fits them unless told otherwise. */
export function changed(
  batch: Uint8Array,
  change: (view: DataView) => void,
  { crc = 'right' }: { readonly crc?: 'right' | 'left' } = {},
): Uint8Array {
  const copy = batch.slice()
  const view = new DataView(copy.buffer)
  change(view)
  if (crc === 'right') {
    view.setUint32(batchLayout.crc, crc32c(copy.subarray(batchLayout.attributes)))
  }
  return copy
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts))
}

/** A batch that needs no codec, at once. */
export function plainBatch(values: readonly string[], options: FinishOptions = {}): Uint8Array {
  const records = values.map((value, index) => ({
    key: `key ${index}`,
    value,
    timestamp: timestamp + index,
  }))
  return writeBatch(records, options) as Uint8Array
}
