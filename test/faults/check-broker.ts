/** Compares what a broker has with what was acknowledged before, and lets it go on. */

import assert from 'node:assert/strict'
import { fetch } from '../../src/protocol/fetch.ts'
import { listOffsets } from '../../src/protocol/list-offsets.ts'
import { metadata } from '../../src/protocol/metadata.ts'
import { produce } from '../../src/protocol/produce.ts'
import { decodeBatches, readRecords, type RecordData } from '../../src/record/batch-reader.ts'
import { validateBatch } from '../../src/record/batch.ts'
import { faultText } from '../../src/log/log-fault.ts'
import type { Storage } from '../../src/storage/storage.ts'
import { batchOf, type BrokerHarness } from '../support/broker-harness.ts'
import { faultsOf } from '../support/folder-faults.ts'
import {
  committedOffset,
  readCommitted,
  TransactionalClient,
} from '../support/transactional-client.ts'
import type { Ledger } from './ledger.ts'
import { answered, topicConfigs } from './workload.ts'

/** The timestamp that stands for the first offset. */
const earliest = -2

/** Topics of which records may be removed on purpose: by retention, and by compaction. */
const shortened = new Set(['short', 'latest'])

export interface CheckOptions {
  /** Whether the system has lost what was not synced. */
  readonly wasPowerCut: boolean
}

/** Records cannot be read, and the broker says so. */
export class FetchError extends Error {
  override readonly name = 'FetchError'
}

/** The records of a partition, and where it begins. */
interface Found {
  readonly startOffset: number
  readonly records: ReadonlyMap<number, RecordData>
}

/** @throws AssertionError where anything that was acknowledged is not so */
export async function checkBroker(
  harness: BrokerHarness,
  ledger: Ledger,
  { wasPowerCut }: CheckOptions,
): Promise<void> {
  await answered(harness.broker.whenReady(), 'the start')
  const known = wasPowerCut
    ? ledger.acknowledged
    : new Map([...ledger.acknowledged, ...ledger.written])
  const there = new Set<string>()
  for (const name of Object.keys(topicConfigs)) {
    const isThere = await checkTopic(harness, ledger, name)
    if (!isThere) continue
    there.add(name)
    const found = await readPartition(harness, name)
    checkRecords(name, found, ledger, known)
    if (name === 'latest') checkKeys(found, ledger)
  }
  if (there.has('orders') && there.has('payments')) await checkTransactions(harness, ledger)
  if (there.has('orders')) await checkCommits(harness, ledger)
}

/** Uses the broker, stops it, and has the folder verified. */
export async function checkGoesOn(harness: BrokerHarness): Promise<void> {
  const client = new TransactionalClient(harness, 'tx', 2)
  assert.equal(await answered(client.initialise(), 'initialise', passTime(harness)), 0)
  const topicData = [{ name: 'orders', partitionData: [{ index: 0, records: batchOf(['next']) }] }]
  const request = { acks: -1, timeoutMs: 1000, topicData }
  const answer = await answered(harness.request(produce, 9, request), 'produce')
  assert.equal(answer.responses[0]!.partitionResponses[0]!.errorCode, 0, 'the broker takes records')
  await answered(harness.broker.close(), 'close')
  assert.deepEqual(harness.failures, [])
}

/** Returns the faults in a folder that mean that records are gone. */
export function lossesIn(storage: Storage): string[] {
  return faultsOf(storage)
    .filter(({ kind }) => lossKinds.has(kind))
    .map(faultText)
}

const lossKinds = new Set<string>([
  'damaged-batch',
  'damaged-records',
  'offset-order',
  'missing-offsets',
  'lost-end',
  'repeated-sequence',
])

/** Returns whether a topic is there, which must be as its last request had it. */
async function checkTopic(harness: BrokerHarness, ledger: Ledger, name: string): Promise<boolean> {
  const request = { topics: [{ name }], allowAutoTopicCreation: false }
  const { topics } = await answered(harness.request(metadata, 12, request), 'metadata')
  const isThere = topics[0]!.errorCode === 0
  const known = ledger.topics.get(name)
  if (known?.outcome === 'acknowledged') {
    assert.equal(isThere, known.exists, `topic ${name} ${isThere ? 'is back' : 'is lost'}`)
  }
  assert.ok(!isThere || known, `topic ${name} was never asked for`)
  return isThere
}

async function startOf(harness: BrokerHarness, name: string): Promise<number> {
  const topics = [{ name, partitions: [{ partitionIndex: 0, timestamp: earliest }] }]
  const answer = await answered(harness.request(listOffsets, 7, { topics }), 'list-offsets')
  const { errorCode, offset } = answer.topics[0]!.partitions[0]!
  if (errorCode !== 0) throw new FetchError(`start of ${name}: error ${errorCode}`)
  return offset
}

/** Reads all records as a client does, who checks what it gets. */
async function readPartition(harness: BrokerHarness, topic: string): Promise<Found> {
  const records = new Map<number, RecordData>()
  const startOffset = await startOf(harness, topic)
  let fetchOffset = startOffset
  for (;;) {
    const partitions = [{ partition: 0, fetchOffset, partitionMaxBytes: 1e6 }]
    const wanted = { maxWaitMs: 0, minBytes: 0, topics: [{ topic, partitions }] }
    const answer = await answered(harness.request(fetch, 11, wanted), 'fetch')
    const found = answer.responses[0]!.partitions[0]!
    if (found.errorCode !== 0) throw new FetchError(`fetch of ${topic}: error ${found.errorCode}`)
    if (found.records!.length === 0) return { startOffset, records }
    for (const { bytes, header } of decodeBatches(found.records!)) {
      validateBatch(bytes, 0)
      assert.ok(header.lastOffset >= fetchOffset, `offset ${fetchOffset} of ${topic} was asked for`)
      fetchOffset = header.lastOffset + 1
      if (header.isControl) continue
      for (const record of readRecords(bytes, header) as RecordData[]) {
        assert.ok(!records.has(record.offset), `offset ${record.offset} of ${topic} comes twice`)
        records.set(record.offset, record)
      }
    }
  }
}

function checkRecords(
  topic: string,
  { startOffset, records }: Found,
  ledger: Ledger,
  known: ReadonlyMap<string, string>,
): void {
  const place = `${topic}-0`
  const { asked, acknowledged } = ledger.deletions.get(place) ?? { asked: 0, acknowledged: 0 }
  if (!shortened.has(topic)) {
    assert.ok(startOffset >= acknowledged, `deleted records of ${topic} are back`)
    assert.ok(startOffset <= asked, `${topic} begins at ${startOffset}, ${asked} was asked for`)
  }
  for (const [at, value] of known) {
    const [partition, offset] = at.split('@')
    if (partition !== place || Number(offset) < startOffset) continue
    const record = records.get(Number(offset))
    if (!record && topic === 'latest') continue
    assert.ok(record, `the record at ${at} is lost`)
    assert.equal(textOf(record.value), value, at)
  }
  const seen = new Set<string>()
  for (const { value } of records.values()) {
    const text = textOf(value)
    assert.ok(ledger.sent.get(topic)?.has(text) || text === 'next', `${text} was never sent`)
    // Only idempotent producers send again here.
    assert.ok(!seen.has(text), `${text} is there twice`)
    seen.add(text)
  }
}

/** Of each key the latest acknowledged value, or a later one, must be the last. */
function checkKeys({ records }: Found, ledger: Ledger): void {
  const last = new Map<string, string>()
  for (const { key, value } of records.values()) last.set(textOf(key), textOf(value))
  for (const [key, { value, later }] of ledger.keys) {
    const found = last.get(key) ?? ''
    assert.ok(found === value || later.has(found), `key ${key} has '${found}', not '${value}'`)
  }
}

async function checkTransactions(harness: BrokerHarness, ledger: Ledger): Promise<void> {
  if (ledger.transactions.length === 0) return
  const client = new TransactionalClient(harness, 'tx', 2)
  // Ends what was left open.
  assert.equal(await answered(client.initialise(), 'initialise', passTime(harness)), 0)
  const shown = new Map<string, string[]>()
  for (const topic of ['orders', 'payments']) {
    const start = ledger.deletions.get(`${topic}-0`)?.asked ?? 0
    shown.set(
      topic,
      start > 0 ? await committedFrom(harness, topic) : await committed(harness, topic),
    )
  }
  for (const { values, asked, outcome } of ledger.transactions) {
    const visible = values.filter(({ topic, value }) => shown.get(topic)?.includes(value))
    const isWhole = visible.length === 0 || visible.length === values.length
    assert.ok(isWhole, 'a transaction shows in part')
    if (visible.length > 0) assert.equal(asked, 'commit', 'a transaction was not committed')
    if (asked === 'commit' && outcome === 'acknowledged') {
      assert.equal(visible.length, values.length, 'a committed transaction is lost')
    }
  }
}

/** What ends a transaction tries again after a while. */
function passTime({ clock }: BrokerHarness): () => void {
  return () => clock.advance(1000)
}

function committed(harness: BrokerHarness, topic: string): Promise<string[]> {
  return answered(readCommitted(harness, topic), `read ${topic}`)
}

async function committedFrom(harness: BrokerHarness, topic: string): Promise<string[]> {
  const { startOffset } = await readPartition(harness, topic)
  return answered(readCommitted(harness, topic, 0, startOffset), `read ${topic}`)
}

async function checkCommits(harness: BrokerHarness, { commits }: Ledger): Promise<void> {
  const last = commits.findLastIndex(({ outcome }) => outcome === 'acknowledged')
  const allowed: (number | string)[] = commits.slice(Math.max(last, 0)).map(({ offset }) => offset)
  if (last < 0) allowed.push(-1)
  const found = await answered(committedOffset(harness, 'g', 'orders'), 'a committed offset')
  assert.ok(allowed.includes(found), `the group is at ${found}, not at ${allowed.join(' or ')}`)
}

function textOf(bytes: Uint8Array | null): string {
  return Buffer.from(bytes ?? []).toString()
}
