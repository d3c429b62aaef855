/**
 * A data folder that Apache Kafka wrote, served by our broker byte for byte; and the way back.
 * `npm run test:format`; needs Java and Maven.
 */

import assert from 'node:assert/strict'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { faultText } from '../../src/log/log-fault.ts'
import { describeProducers } from '../../src/protocol/describe-producers.ts'
import { createTopics } from '../../src/protocol/create-topics.ts'
import { fetch } from '../../src/protocol/fetch.ts'
import { listOffsets } from '../../src/protocol/list-offsets.ts'
import { decodeBatches } from '../../src/record/batch-reader.ts'
import { silentLogger } from '../../src/runtime/runtime.ts'
import { KafkaServer } from '../../src/server/server.ts'
import { NodeReadOnlyStorage } from '../../src/storage/node-read-only-storage.ts'
import { startApacheKafka } from '../support/apache-kafka.ts'
import { faultsOf } from '../support/folder-faults.ts'
import { RawClient } from '../support/raw-client.ts'
import { fillLog, mixedPartitions } from './log-workload.ts'

interface Partition {
  readonly topic: string
  readonly index: number
}

const partitions: readonly Partition[] = [
  ...Array.from({ length: mixedPartitions }, (_, index) => ({ topic: 'mixed', index })),
  { topic: 'stamped', index: 0 },
  { topic: 'transactional', index: 0 },
  { topic: 'transactional', index: 1 },
  { topic: 'compacted', index: 0 },
]
const folderOf = ({ topic, index }: Partition): string => `${topic}-${index}`
const kafkaOptions = {
  heap: '512m',
  properties: { 'log.cleaner.backoff.ms': '300', 'log.initial.task.delay.ms': '500' },
}

let root: string
let kafkaFolder: string
/** What Apache Kafka answered about its own folder. */
let kafkaAnswers: readonly unknown[]

before(async () => {
  root = mkdtempSync(join(tmpdir(), 'kafka-folder-'))
  kafkaFolder = join(root, 'kafka')
  const kafka = await startApacheKafka({ ...kafkaOptions, dataFolder: kafkaFolder })
  try {
    const workload = { batchesPerPartition: 200, segmentBytes: 12_000 }
    const segmentConfig = 'internal.segment.bytes'
    await fillLog({ bootstrap: kafka.bootstrap, segmentConfig, ...workload })
    await compactionDone(kafkaFolder)
    kafkaAnswers = await ask(kafka.bootstrap)
  } finally {
    await kafka.stop()
  }
})
after(() => rmSync(root, { recursive: true, force: true }))

async function compactionDone(folder: string): Promise<void> {
  const file = join(folder, 'cleaner-offset-checkpoint')
  for (let waits = 0; waits < 300; waits++) {
    const text = existsSync(file) ? readFileSync(file, 'utf8') : ''
    if (/^compacted 0 [1-9]\d\d/m.test(text)) return
    await delay(100)
  }
  throw new Error('compaction does not come')
}

/** Returns the bytes of all segments of a partition. */
function segmentsOf(folder: string, partition: Partition): Buffer {
  const path = join(folder, folderOf(partition))
  const names = readdirSync(path).filter((name) => name.endsWith('.log'))
  return Buffer.concat(names.sort().map((name) => readFileSync(join(path, name))))
}

/** Asks a broker what it can be asked about its logs, and not be different from another. */
async function ask(bootstrap: string): Promise<unknown[]> {
  const client = await RawClient.connect(bootstrap)
  const answers: unknown[] = []
  try {
    for (const partition of partitions) {
      const { topic, index } = partition
      const all = await fetchAll(client, partition, 0)
      const batches = [...decodeBatches(all.records)]
      // Around the timestamp of every batch, and: latest, earliest, the largest timestamp.
      const times = batches.flatMap(({ header: { maxTimestamp, baseTimestamp } }) => {
        return [maxTimestamp, maxTimestamp + 1, baseTimestamp, baseTimestamp - 1]
      })
      for (const isolationLevel of [0, 1]) {
        for (const timestamp of [-1, -2, -3, ...new Set(times)]) {
          const asked = [{ partitionIndex: index, timestamp }]
          const topics = [{ name: topic, partitions: asked }]
          const answer = await client.request(listOffsets, 9, { isolationLevel, topics })
          const [found] = answer.topics[0]!.partitions
          const { errorCode, offset } = found!
          answers.push({ ...partition, isolationLevel, ask: timestamp, errorCode, offset })
        }
      }
      const committed = await fetchAll(client, partition, 1)
      answers.push({ ...partition, aborted: committed.aborted })
      const topics = [{ name: topic, partitionIndexes: [index] }]
      const producers = await client.request(describeProducers, 0, { topics })
      const { activeProducers } = producers.topics[0]!.partitions[0]!
      const known = activeProducers.map((producer) => ({ ...producer, lastTimestamp: 0 }))
      answers.push({ ...partition, producers: known.sort((a, b) => a.producerId - b.producerId) })
    }
  } finally {
    client.close()
  }
  return answers
}

interface FetchedAll {
  readonly records: Uint8Array
  readonly aborted: readonly string[]
}

async function fetchAll(
  client: RawClient,
  { topic, index }: Partition,
  isolationLevel: number,
): Promise<FetchedAll> {
  const parts: Uint8Array[] = []
  const aborted = new Set<string>()
  let fetchOffset = 0
  for (;;) {
    const limits = { maxWaitMs: 0, minBytes: 1, maxBytes: 500_000, isolationLevel }
    const asked = { partition: index, fetchOffset, partitionMaxBytes: 70_000 }
    const topics = [{ topic, partitions: [asked] }]
    const answer = await client.request(fetch, 12, { ...limits, topics })
    const { records, errorCode, abortedTransactions } = answer.responses[0]!.partitions[0]!
    assert.equal(errorCode, 0)
    for (const { producerId, firstOffset } of abortedTransactions ?? []) {
      aborted.add(`${producerId} from ${firstOffset}`)
    }
    const batches = [...decodeBatches(records ?? new Uint8Array(0))]
    if (batches.length === 0) break
    for (const { bytes } of batches) parts.push(bytes)
    fetchOffset = batches.at(-1)!.header.lastOffset + 1
  }
  return { records: Buffer.concat(parts), aborted: [...aborted].sort() }
}

function faultTextsOf(folder: string): string[] {
  return faultsOf(new NodeReadOnlyStorage(folder)).map(faultText)
}

function startOurs(dataFolder: string): Promise<KafkaServer> {
  return KafkaServer.start({ port: 0, dataFolder, flush: 'os', logger: silentLogger })
}

const bootstrapOf = ({ address: { host, port } }: KafkaServer): string => `${host}:${port}`

/** Checks that a broker gives the bytes of the segments in `folder`, as they are. */
async function assertServed(bootstrap: string, folder: string): Promise<void> {
  const client = await RawClient.connect(bootstrap)
  try {
    for (const partition of partitions) {
      const expected = segmentsOf(folder, partition)
      const { records } = await fetchAll(client, partition, 0)
      assert.equal(records.length, expected.length, folderOf(partition))
      assert.ok(expected.equals(records), folderOf(partition))
    }
  } finally {
    client.close()
  }
}

test('verify takes the data folder of a stopped Apache Kafka for sound', () => {
  assert.deepEqual(faultTextsOf(kafkaFolder), [])
})

test('our broker serves what Apache Kafka wrote, byte for byte, and knows what it knew', async () => {
  const folder = join(root, 'ours')
  mkdirSync(folder)
  for (const partition of partitions) {
    const name = folderOf(partition)
    cpSync(join(kafkaFolder, name), join(folder, name), { recursive: true })
  }
  const server = await startOurs(folder)
  try {
    await assertServed(bootstrapOf(server), kafkaFolder)
    assert.deepEqual(await ask(bootstrapOf(server)), kafkaAnswers)
  } finally {
    await server.close()
  }
  assert.deepEqual(faultTextsOf(folder), [])
  const again = await startOurs(folder)
  try {
    await assertServed(bootstrapOf(again), kafkaFolder)
  } finally {
    await again.close()
  }
})

test('Apache Kafka serves what our broker wrote, byte for byte, and knows what it knew', async () => {
  const ours = join(root, 'written-by-us')
  const server = await startOurs(ours)
  let answers: readonly unknown[]
  try {
    const workload = { batchesPerPartition: 100, segmentBytes: 12_000 }
    const bootstrap = bootstrapOf(server)
    await fillLog({ bootstrap, segmentConfig: 'segment.bytes', ...workload })
    answers = await ask(bootstrap)
  } finally {
    await server.close()
  }
  const dataFolder = join(root, 'kafka-again')
  const first = await startApacheKafka({ ...kafkaOptions, dataFolder })
  try {
    await createSameTopics(first.bootstrap)
  } finally {
    await first.stop()
  }
  for (const partition of partitions) {
    const name = folderOf(partition)
    for (const file of readdirSync(join(dataFolder, name))) {
      if (file !== 'partition.metadata') rmSync(join(dataFolder, name, file))
    }
    const skipsId = (path: string) => !path.endsWith('partition.metadata')
    cpSync(join(ours, name), join(dataFolder, name), { recursive: true, filter: skipsId })
  }
  const second = await startApacheKafka({ ...kafkaOptions, dataFolder })
  try {
    await highWatermarkKnown(second.bootstrap)
    await assertServed(second.bootstrap, ours)
    assert.deepEqual(await ask(second.bootstrap), answers)
  } finally {
    await second.stop()
  }
})

/** Resolves once Apache Kafka has found out that it is the only replica, so that all is committed. */
async function highWatermarkKnown(bootstrap: string): Promise<void> {
  const client = await RawClient.connect(bootstrap)
  for (const { topic, index } of partitions) {
    for (let waits = 0; waits < 100; waits++) {
      const topics = [{ name: topic, partitions: [{ partitionIndex: index, timestamp: -1 }] }]
      const answer = await client.request(listOffsets, 9, { topics })
      if (answer.topics[0]!.partitions[0]!.offset > 0) break
      await delay(100)
    }
  }
  client.close()
}

async function createSameTopics(bootstrap: string): Promise<void> {
  const counts = new Map<string, number>()
  for (const { topic } of partitions) counts.set(topic, (counts.get(topic) ?? 0) + 1)
  const client = await RawClient.connect(bootstrap)
  const topics = [...counts].map(([name, numPartitions]) => {
    const stamped = { name: 'message.timestamp.type', value: 'LogAppendTime' }
    const configs = name === 'stamped' ? [stamped] : []
    return { name, numPartitions, replicationFactor: 1, configs }
  })
  const answer = await client.request(createTopics, 7, { topics, timeoutMs: 30_000 })
  client.close()
  for (const { errorCode } of answer.topics) assert.equal(errorCode, 0)
  // The folders follow a moment later.
  await delay(1000)
}
