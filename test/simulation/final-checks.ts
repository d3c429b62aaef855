/**
 * Reads everything that is there in the end, and holds it against what clients were told. The
 * numbers of the invariants are those of the table in `README.md`.
 */

import type { Broker } from '../../src/broker/broker.ts'
import { ByteReader } from '../../src/bytes/reader.ts'
import { ByteWriter } from '../../src/bytes/writer.ts'
import { encodingOf, readWhole, type Api } from '../../src/protocol/api.ts'
import { readResponseHeader, writeRequestHeader } from '../../src/protocol/client-header.ts'
import { fetch } from '../../src/protocol/fetch.ts'
import { listOffsets } from '../../src/protocol/list-offsets.ts'
import { metadata } from '../../src/protocol/metadata.ts'
import { offsetFetch } from '../../src/protocol/offset-fetch.ts'
import { DamagedLogError } from '../../src/log/log-error.ts'
import { InvalidBatchError } from '../../src/record/batch.ts'
import { decodeBatches, readRecords, type RecordData } from '../../src/record/batch-reader.ts'
import { readControlRecordKey } from '../../src/record/control-record.ts'
import { nodeCodecs } from '../../src/record/node-compression.ts'
import { newPeer } from '../support/broker-harness.ts'
import { checkCounts } from './counters.ts'
import { checkPartition, type FoundPartition, type FoundRecord } from './partition-checks.ts'
import { Violation, type TopicFacts } from './ledger.ts'
import type { Scenario } from './scenario.ts'
import type { SimWorld } from './sim-world.ts'
import { checkCopy, checkTransactions } from './transaction-checks.ts'
import type { CopierPlan } from './transactors.ts'

const decoder = new TextDecoder()
/** The timestamps that stand for the first offset, and for the end. */
const earliest = -2
const latest = -1

/** Sends a request to the broker itself, past the network. */
async function ask<Request, Response, RequestInput, ResponseInput>(
  broker: Broker,
  { api, version }: { api: Api<Request, Response, RequestInput, ResponseInput>; version: number },
  body: RequestInput,
): Promise<Response> {
  const writer = new ByteWriter()
  writeRequestHeader(writer, { api, version, correlationId: 1, clientId: 'check' })
  api.request.write(writer, body, encodingOf(api, version))
  const frame = await broker.handle(writer.finish().slice(), newPeer().peer)
  const reader = new ByteReader(Uint8Array.from(Buffer.concat(frame!)))
  readResponseHeader(reader, api, version)
  return readWhole(api.response, reader, encodingOf(api, version))
}

/** Of a scenario, what is to be looked at in the end. */
type Plans = Pick<Scenario, 'copiers' | 'counters' | 'workers'>

/** @throws Violation */
export async function checkEverything(world: SimWorld, plans: Plans): Promise<void> {
  try {
    await checkAll(world, plans)
  } catch (error) {
    if (!world.hasFlippedBits) throw error
    // A reader who cannot go on has been given nothing wrong. It should be told why, each time.
    const invariant = error instanceof Violation ? error.invariant : undefined
    if (invariant === 'I15') return world.count('readers that flipped bits have stopped')
    // The checksum of a batch does not cover its base offset, in Kafka's format.
    if (invariant === 'I16') return world.count('offsets that a flipped bit has changed')
    if (!(error instanceof DamagedLogError || error instanceof InvalidBatchError)) throw error
    world.count('damage that a reader noticed')
  }
}

async function checkAll(world: SimWorld, { copiers, workers, counters }: Plans): Promise<void> {
  const { broker } = world.process!
  const all: FoundPartition[] = []
  for (const topic of world.ledger.topics.values()) {
    if (!(await checkTopic(world, broker, topic))) continue
    for (let partition = 0; partition < topic.partitions; partition++) {
      const found = await readPartition(broker, topic.name, partition)
      world.count('records there in the end', found.records.length)
      all.push(found)
      if (topic.isTransactional) continue
      checkPartition(world, topic, found)
      checkGroups(world, found)
    }
  }
  await checkCommits(world, broker)
  if (world.hasFlippedBits) return
  checkTransactions(world.ledger, all)
  if (copiers) await checkCopied(world, broker, copiers, all)
  if (counters) checkCounts(counters, all, world.ledger.counted)
  if (workers) await checkProcessed(world, broker, workers.group, all)
}

/** I5: what a group that commits by itself has committed past, it has processed. */
async function checkProcessed(
  world: SimWorld,
  broker: Broker,
  group: string,
  all: readonly FoundPartition[],
): Promise<void> {
  for (const { topic, partition, records } of all) {
    const committed = await committedOffset(broker, group, { topic, partition })
    const { delivered } = world.ledger.group(group, topic, partition)
    for (const { offset, fate } of records) {
      if (fate !== 'committed' || offset >= committed || delivered.has(offset)) continue
      const message = `${group} is at ${committed} in ${topic}/${partition}, and ${offset} was skipped`
      throw new Violation('I5', message)
    }
  }
}

/** I11: what a group has committed past is in the copy, and all is copied. */
async function checkCopied(
  world: SimWorld,
  broker: Broker,
  { group, from, to }: CopierPlan,
  all: readonly FoundPartition[],
): Promise<void> {
  const copies = all.filter(({ topic }) => topic === to)
  for (const original of all.filter(({ topic }) => topic === from)) {
    const { topic, partition, highWatermark, records } = original
    const committed = await committedOffset(broker, group, { topic, partition })
    const last = records.at(-1)
    if (last && committed !== highWatermark) {
      const message = `${group} is at ${committed} of ${highWatermark} in ${topic}/${partition}`
      throw new Violation('I15', message)
    }
    checkCopy(original, copies)
    world.count('copies checked')
  }
}

/** Resolves when no transaction is open any more. */
export async function transactionsSettled(world: SimWorld): Promise<void> {
  const { broker } = world.process!
  for (const { name, partitions, isTransactional, state } of world.ledger.topics.values()) {
    if (!isTransactional || state !== 'there') continue
    for (let partition = 0; partition < partitions; partition++) {
      const end = (isolation: 0 | 1): Promise<number> =>
        offsetOf(broker, { topic: name, partition }, { timestamp: latest, isolation })
      while ((await end(1)) !== (await end(0))) await world.clock.sleep(100)
    }
  }
}

/** Returns whether the topic is there and has to be. */
async function checkTopic(world: SimWorld, broker: Broker, topic: TopicFacts): Promise<boolean> {
  const { name, state } = topic
  const body = { topics: [{ name }], allowAutoTopicCreation: false }
  const { topics } = await ask(broker, { api: metadata, version: 12 }, body)
  const isThere = topics[0]!.errorCode === 0
  if (world.hasFlippedBits) return isThere && state === 'there'
  if (state === 'there' && !isThere) throw new Violation('I1', `topic ${name} is lost`)
  if (state === 'gone' && isThere) throw new Violation('I1', `topic ${name} has come back`)
  if (isThere && topics[0]!.partitions.length !== topic.partitions) {
    throw new Violation('I1', `topic ${name} has ${topics[0]!.partitions.length} partitions`)
  }
  return isThere && state === 'there'
}

async function readPartition(
  broker: Broker,
  topic: string,
  partition: number,
): Promise<FoundPartition> {
  const records: FoundRecord[] = []
  const open = new Map<number, FoundRecord[]>()
  const startOffset = await offsetOf(broker, { topic, partition }, { timestamp: earliest })
  for (let offset = startOffset; ;) {
    const partitions = [{ partition, fetchOffset: offset, partitionMaxBytes: 1e6 }]
    const body = { maxWaitMs: 0, minBytes: 0, topics: [{ topic, partitions }] }
    const { responses } = await ask(broker, { api: fetch, version: 11 }, body)
    const answer = responses[0]!.partitions[0]!
    if (answer.errorCode !== 0) {
      throw new Violation('I15', `fetch of ${topic}/${partition}: error ${answer.errorCode}`)
    }
    let nextOffset = offset
    for (const { header, bytes } of decodeBatches(answer.records!)) {
      nextOffset = header.lastOffset + 1
      const { producerId } = header
      const decoded = readRecords(bytes, header, { codecs: nodeCodecs }) as RecordData[]
      if (header.isControl) {
        const { type } = readControlRecordKey(decoded[0]!.key)
        const fate = type === 'commit' ? 'committed' : 'aborted'
        for (const record of open.get(producerId) ?? []) record.fate = fate
        open.delete(producerId)
        continue
      }
      for (const data of decoded) {
        if (data.offset < offset) continue
        const record = foundRecord(data)
        records.push(record)
        if (!header.isTransactional) continue
        record.fate = 'open'
        open.set(producerId, [...(open.get(producerId) ?? []), record])
      }
    }
    if (nextOffset === offset) {
      return { topic, partition, startOffset, highWatermark: answer.highWatermark, records }
    }
    offset = nextOffset
  }
}

async function offsetOf(
  broker: Broker,
  { topic: name, partition: partitionIndex }: { topic: string; partition: number },
  { timestamp, isolation = 0 }: { timestamp: number; isolation?: 0 | 1 },
): Promise<number> {
  const topics = [{ name, partitions: [{ partitionIndex, timestamp }] }]
  const body = { topics, isolationLevel: isolation }
  const answer = await ask(broker, { api: listOffsets, version: 7 }, body)
  const { errorCode, offset } = answer.topics[0]!.partitions[0]!
  if (errorCode === 0) return offset
  throw new Violation('I15', `offset of ${name}/${partitionIndex}: error ${errorCode}`)
}

function foundRecord({ offset, key, value, headers }: RecordData): FoundRecord {
  const id = headers.find((header) => header.key === 'id')?.value
  return {
    offset,
    fate: 'committed',
    id: id ? decoder.decode(id) : '',
    key: key && decoder.decode(key),
    value: value && decoder.decode(value),
  }
}

/** I5: what a group has committed past, it was given. */
function checkGroups({ ledger }: SimWorld, found: FoundPartition): void {
  // With a flipped bit, records that were deleted may be back; the broker has told of it.
  if (ledger.hasGivenUp) return
  const { topic, partition, records } = found
  for (const [key, { delivered, committedAcked }] of ledger.groups) {
    if (!key.endsWith(` ${topic}/${partition}`)) continue
    for (const { offset } of records) {
      if (offset < committedAcked && !delivered.has(offset)) {
        throw new Violation('I5', `${key}@${offset} was skipped, committed is ${committedAcked}`)
      }
    }
  }
}

/** I9: committed offsets are there, and have not gone back. */
async function checkCommits({ ledger, hasFlippedBits }: SimWorld, broker: Broker): Promise<void> {
  if (hasFlippedBits) return
  for (const [key, { committedAcked, committedAsked }] of ledger.groups) {
    const [, groupId = '', name = '', partition] = /^(\S+) (.+)\/(\d+)$/.exec(key) ?? []
    const at = { topic: name, partition: Number(partition) }
    const committed = await committedOffset(broker, groupId, at)
    if (committed < committedAcked && committedAcked > 0) {
      throw new Violation('I9', `${key} is at ${committed}, committed was ${committedAcked}`)
    }
    if (committed > committedAsked) {
      throw new Violation('I9', `${key} is at ${committed}, beyond ${committedAsked}`)
    }
  }
}

async function committedOffset(
  broker: Broker,
  groupId: string,
  { topic: name, partition }: { topic: string; partition: number },
): Promise<number> {
  const body = { groupId, topics: [{ name, partitionIndexes: [partition] }] }
  const answer = await ask(broker, { api: offsetFetch, version: 5 }, body)
  return answer.topics[0]!.partitions[0]!.committedOffset
}
