/** What may be appended, and what is refused with which error: all that a batch can have wrong. */

import { apiVersions } from '../../../../src/protocol/api-versions.ts'
import { fetch } from '../../../../src/protocol/fetch.ts'
import { initProducerId } from '../../../../src/protocol/init-producer-id.ts'
import { listOffsets } from '../../../../src/protocol/list-offsets.ts'
import { produce } from '../../../../src/protocol/produce.ts'
import * as batchLayout from '../../../../src/record/batch-layout.ts'
import type { FinishOptions } from '../../../../src/record/batch-writer.ts'
import type { CompressionName } from '../../../../src/record/compression.ts'
import type { Answers, Script } from '../script.ts'
import type { Side } from '../side.ts'
import {
  batchOf,
  batchOfRecords,
  changed,
  concat,
  makeTopic,
  plainBatch,
  produceBody,
  timestamp,
  unknownId,
} from './fixtures.ts'

const timeoutMs = 30_000
const plain = plainBatch(['one', 'two', 'three'])
const layout = batchLayout

/** Batches that a broker has to look at twice. Apache Kafka never answers null instead of one. */
const odd: Readonly<Record<string, Uint8Array>> = {
  'no bytes': new Uint8Array(),
  'one byte': new Uint8Array(1),
  'less than a header': plain.slice(0, 40),
  'header only': plain.slice(0, layout.records),
  'cut off': plain.slice(0, -1),
  'trailing bytes': concat(plain, new Uint8Array(5)),
  'trailing header': concat(plain, plain.slice(0, 61)),
  'two batches': concat(plain, plain),
  'wrong CRC': changed(plain, (view) => view.setUint32(layout.crc, 1), { crc: 'left' }),
  'magic 0': changed(plain, (view) => view.setInt8(layout.magic, 0)),
  'magic 1': changed(plain, (view) => view.setInt8(layout.magic, 1)),
  'magic 3': changed(plain, (view) => view.setInt8(layout.magic, 3)),
  'magic -1': changed(plain, (view) => view.setInt8(layout.magic, -1)),
  'length 0': changed(plain, (view) => view.setInt32(layout.batchLength, 0)),
  'negative length': changed(plain, (view) => view.setInt32(layout.batchLength, -1)),
  'length of a header less one': changed(plain, (view) => view.setInt32(layout.batchLength, 48)),
  'a length too large': changed(plain, (view) => view.setInt32(layout.batchLength, 100_000)),
  'count 0': changed(plain, (view) => view.setInt32(layout.recordCount, 0)),
  'negative count': changed(plain, (view) => view.setInt32(layout.recordCount, -1)),
  'count too small': changed(plain, (view) => view.setInt32(layout.recordCount, 2)),
  'count too large': changed(plain, (view) => view.setInt32(layout.recordCount, 4)),
  'count and delta too large': changed(plain, (view) => {
    view.setInt32(layout.recordCount, 4)
    view.setInt32(layout.lastOffsetDelta, 3)
  }),
  'count and delta too small': changed(plain, (view) => {
    view.setInt32(layout.recordCount, 2)
    view.setInt32(layout.lastOffsetDelta, 1)
  }),
  'delta too small': changed(plain, (view) => view.setInt32(layout.lastOffsetDelta, 1)),
  'delta too large': changed(plain, (view) => view.setInt32(layout.lastOffsetDelta, 9)),
  'negative delta': changed(plain, (view) => view.setInt32(layout.lastOffsetDelta, -1)),
  'control batch': changed(plain, (view) => view.setInt16(layout.attributes, 0x20)),
  'transactional control batch': changed(plain, (view) => view.setInt16(layout.attributes, 0x30)),
  'transactional without a producer': changed(plain, (view) => {
    view.setInt16(layout.attributes, 0x10)
  }),
  'log append time': changed(plain, (view) => view.setInt16(layout.attributes, 0x08)),
  'delete horizon': changed(plain, (view) => view.setInt16(layout.attributes, 0x40)),
  'unknown attributes': changed(plain, (view) => view.setInt16(layout.attributes, 0x100)),
  'compression 5': changed(plain, (view) => view.setInt16(layout.attributes, 5)),
  'compression 7': changed(plain, (view) => view.setInt16(layout.attributes, 7)),
  'gzip that is none': changed(plain, (view) => view.setInt16(layout.attributes, 1)),
  'base offset 100': changed(plain, (view) => view.setBigInt64(0, 100n)),
  'negative base offset': changed(plain, (view) => view.setBigInt64(0, -1n)),
  'leader epoch 7': changed(plain, (view) => view.setInt32(layout.partitionLeaderEpoch, 7)),
  'no timestamps': changed(plain, (view) => {
    view.setBigInt64(layout.baseTimestamp, -1n)
    view.setBigInt64(layout.maxTimestamp, -1n)
  }),
  'wrong maximal timestamp': changed(plain, (view) => {
    view.setBigInt64(layout.maxTimestamp, BigInt(timestamp + 500))
  }),
  'maximal timestamp -1': changed(plain, (view) => view.setBigInt64(layout.maxTimestamp, -1n)),
  'timestamps far ahead': changed(plain, (view) => {
    view.setBigInt64(layout.baseTimestamp, 4_000_000_000_000n)
    view.setBigInt64(layout.maxTimestamp, 4_000_000_000_002n)
  }),
  'a producer without an epoch': changed(plain, (view) => {
    view.setBigInt64(layout.producerId, 5n)
  }),
  'a producer without a sequence': changed(plain, (view) => {
    view.setBigInt64(layout.producerId, 5n)
    view.setInt16(layout.producerEpoch, 0)
  }),
  'a sequence without a producer': changed(plain, (view) => {
    view.setInt32(layout.baseSequence, 0)
  }),
}

async function faults(script: Script): Promise<void> {
  // Each has a partition of its own, so that where one is accepted others do not differ as well.
  const topic = 'produce.faults'
  const cases = Object.entries(odd)
  await makeTopic(script, topic, { partitions: cases.length })
  for (const [partition, [label, records]] of cases.entries()) {
    await script.ask(produce, label, produceBody(topic, records, { partition }))
    await script.ask(produce, `sound, after: ${label}`, produceBody(topic, plain, { partition }), {
      versions: script.newest(produce),
    })
    await fetchAll(script, topic, partition)
  }
}

/** Reads what is there, so that what was written is compared too. */
async function fetchAll(script: Script, topic: string, partition = 0): Promise<void> {
  const versions = script.newest(fetch)
  const body = (side: Side) => {
    const partitions = [{ partition, fetchOffset: 0, partitionMaxBytes: 10_000_000 }]
    const topics = [{ topic, topicId: side.topicId(topic), partitions }]
    return { maxWaitMs: 100, minBytes: 1, topics }
  }
  await script.ask(fetch, `all of ${topic}`, body, { versions, settles: true })
}

async function addresses(script: Script): Promise<void> {
  await makeTopic(script, 'produce.plain', { partitions: 2 })
  for (const acks of [-1, 1, 2, -2]) {
    await script.ask(produce, `acks ${acks}`, produceBody('produce.plain', plain, { acks }))
  }
  for (const partition of [1, 2, -1, 2_147_483_647]) {
    const body = produceBody('produce.plain', plain, { partition })
    await script.ask(produce, `partition ${partition}`, body)
  }
  for (const topic of ['produce.absent', '', 'a b', '__consumer_offsets', '__transaction_state']) {
    await script.ask(produce, `topic '${topic}'`, produceBody(topic, plain))
  }
  const none = { acks: -1, timeoutMs, topicData: [] }
  await script.ask(produce, 'no topics', none)
  const noPartitions = (side: Side) => ({
    acks: -1,
    timeoutMs,
    topicData: [
      { name: 'produce.plain', topicId: side.topicId('produce.plain'), partitionData: [] },
    ],
  })
  await script.ask(produce, 'no partitions', noPartitions)
  await script.ask(produce, 'several partitions', severalBody([0, 1, 2]))
  await script.ask(produce, 'timeout 0', (side) => {
    return { ...produceBody('produce.plain', plain)(side), timeoutMs: 0 }
  })
  await script.ask(produce, 'one partition twice', severalBody([0, 0]))
  await withoutAnswer(script)
}

function severalBody(partitions: readonly number[]) {
  return (side: Side) => {
    const partitionData = partitions.map((index) => ({ index, records: plain }))
    const name = 'produce.plain'
    const topicData = [{ name, topicId: side.topicId(name), partitionData }]
    return { acks: -1, timeoutMs, topicData }
  }
}

async function withoutAnswer(script: Script): Promise<void> {
  await makeTopic(script, 'produce.acks0')
  const connection = 'acks 0'
  const body = produceBody('produce.acks0', plain, { acks: 0 })
  await script.tell(produce, body, { connection })
  const count = script.versions(produce).length * 3
  const partitions = [{ partitionIndex: 0, timestamp: -1 }]
  const end = { topics: [{ name: 'produce.acks0', partitions }] }
  const until = { until: (answer: { topics: readonly Ends[] }) => ended(answer.topics, count) }
  await script.ask(listOffsets, 'after acks=0', end, { ...until, connection })
  const wrongs = { 'an unknown topic': 'produce.absent', 'a wrong batch': 'produce.acks0' }
  for (const [label, topic] of Object.entries(wrongs)) {
    const records = odd['wrong CRC']!
    for (const version of script.versions(produce)) {
      const wrong = produceBody(topic, records, { acks: 0 })
      await script.tell(produce, wrong, { connection: label, versions: [version] })
      const asked = { connection: label, versions: [0] }
      await script.ask(apiVersions, `after acks=0 with ${label}`, {}, asked)
      script.disconnect(label)
    }
  }
}

interface Ends {
  readonly partitions: readonly { readonly offset: number }[]
}

function ended(topics: readonly Ends[], offset: number): boolean {
  return topics[0]?.partitions[0]?.offset === offset
}

async function codecs(script: Script): Promise<void> {
  const values = Array.from({ length: 50 }, (_, index) => `value ${index} ${'-'.repeat(50)}`)
  const names: readonly CompressionName[] = ['gzip', 'snappy', 'lz4', 'zstd']
  for (const compression of names) {
    const topic = `produce.${compression}`
    await makeTopic(script, topic)
    const batch = await batchOf(values, { compression })
    await script.ask(produce, compression, produceBody(topic, batch))
    const cut = changed(batch, (view) => {
      view.setUint8(batchLayout.records + 20, view.getUint8(batchLayout.records + 20) ^ 0xff)
    })
    await script.ask(produce, `damaged ${compression}`, produceBody(topic, cut))
    const lie = changed(batch, (view) => {
      view.setInt32(batchLayout.recordCount, 51)
      view.setInt32(batchLayout.lastOffsetDelta, 50)
    })
    await script.ask(produce, `${compression} with a wrong count`, produceBody(topic, lie))
    await fetchAll(script, topic)
  }
}

/** Configs of topics that decide what is accepted. */
async function policies(script: Script): Promise<void> {
  const nowMs = Date.now()
  const configs = { 'max.message.bytes': '200' }
  await makeTopic(script, 'produce.small', { configs })
  const large = plainBatch(['x'.repeat(300)])
  await script.ask(produce, 'too large', produceBody('produce.small', large))
  await script.ask(produce, 'not too large', produceBody('produce.small', plain))
  await script.ask(produce, 'both', produceBody('produce.small', concat(plain, large)))
  await makeTopic(script, 'produce.compact', { configs: { 'cleanup.policy': 'compact' } })
  const keyless = await batchOfRecords([
    { key: 'a', value: '1', timestamp },
    { key: null, value: '2', timestamp },
    { key: null, value: '3', timestamp },
  ])
  await script.ask(produce, 'no key in a compacted topic', produceBody('produce.compact', keyless))
  await script.ask(produce, 'keys in a compacted topic', produceBody('produce.compact', plain))
  const compression = 'gzip'
  const packed = await batchOfRecords(
    Array.from({ length: 30 }, () => ({ key: null, value: 'x'.repeat(30), timestamp })),
    { compression },
  )
  await script.ask(produce, 'no keys, compressed', produceBody('produce.compact', packed))
  const appended = { 'message.timestamp.type': 'LogAppendTime' }
  await makeTopic(script, 'produce.appended', { configs: appended })
  await script.ask(produce, 'a topic with log append time', produceBody('produce.appended', plain))
  await fetchAll(script, 'produce.appended')
  const limits = {
    'message.timestamp.before.max.ms': '60000',
    'message.timestamp.after.max.ms': '60000',
  }
  await makeTopic(script, 'produce.times', { configs: limits })
  for (const aheadMs of [-120_000, -30_000, 0, 30_000, 120_000]) {
    const times = await batchOfRecords([
      { key: 'a', value: 'now', timestamp: nowMs },
      { key: 'b', value: 'then', timestamp: nowMs + aheadMs },
    ])
    const label = `${aheadMs} ms from now`
    await script.ask(produce, label, produceBody('produce.times', times))
  }
  const recompressed = { 'compression.type': 'gzip' }
  await makeTopic(script, 'produce.recompressed', { configs: recompressed })
  await script.ask(produce, 'a topic with a codec', produceBody('produce.recompressed', plain))
}

interface Sequence extends FinishOptions {
  readonly label: string
  readonly count?: number
  readonly topic?: string
}

/** In this order: what a partition remembers of a producer is built up by it. */
const sequences: readonly Sequence[] = [
  { label: 'the first is not 0', baseSequence: 5 },
  { label: 'the second', baseSequence: 8 },
  { label: 'the second again', baseSequence: 8 },
  { label: 'the first again', baseSequence: 5 },
  { label: 'a gap', baseSequence: 20 },
  { label: 'back', baseSequence: 6 },
  { label: 'the same sequence, other count', baseSequence: 8, count: 2 },
  { label: 'the third', baseSequence: 11, count: 1 },
  { label: 'the fourth', baseSequence: 12, count: 1 },
  { label: 'the fifth', baseSequence: 13, count: 1 },
  { label: 'the sixth', baseSequence: 14, count: 1 },
  { label: 'the seventh', baseSequence: 15, count: 1 },
  { label: 'the fourth again', baseSequence: 12, count: 1 },
  { label: 'one that is forgotten', baseSequence: 5 },
  { label: 'a new epoch, not from 0', producerEpoch: 1, baseSequence: 3 },
  { label: 'a new epoch', producerEpoch: 1, baseSequence: 0 },
  { label: 'the old epoch', producerEpoch: 0, baseSequence: 16 },
  { label: 'the new epoch goes on', producerEpoch: 1, baseSequence: 3 },
  { label: 'an epoch is left out', producerEpoch: 9, baseSequence: 0 },
  { label: 'negative epoch', producerEpoch: -1, baseSequence: 0 },
  { label: 'negative sequence', producerEpoch: 9, baseSequence: -1 },
  { label: 'sequence -2', producerEpoch: 9, baseSequence: -2 },
  { label: 'transactional', producerEpoch: 9, baseSequence: 3, isTransactional: true },
  { label: 'another topic', producerEpoch: 9, baseSequence: 0, topic: 'produce.other' },
]

async function idempotence(script: Script): Promise<void> {
  await makeTopic(script, 'produce.other')
  for (const version of script.versions(produce)) {
    const topic = `produce.idempotent.${version}`
    await makeTopic(script, topic)
    const given = await script.ask(
      initProducerId,
      `for produce version ${version}`,
      { transactionTimeoutMs: 60_000 },
      { versions: script.newest(initProducerId) },
    )
    for (const { label, count = 3, topic: other = topic, ...options } of sequences) {
      const values = ['a', 'b', 'c'].slice(0, count)
      const batch = (side: Side) => {
        const { producerId } = of(given, side)
        return plainBatch(values, { producerEpoch: 0, ...options, producerId })
      }
      await script.ask(produce, label, produceBody(other, batch), { versions: [version] })
    }
    const unknown = { producerId: 4_000_000 + version, producerEpoch: 0, baseSequence: 7 }
    const wrap = { ...unknown, producerId: unknown.producerId + 100, baseSequence: 0x7fff_fffe }
    const cases = {
      'an id that nobody was given': plainBatch(['a'], unknown),
      'sequences to their end': plainBatch(['a', 'b'], wrap),
      'sequences from 0 after their end': plainBatch(['a'], { ...wrap, baseSequence: 0 }),
    }
    for (const [label, batch] of Object.entries(cases)) {
      await script.ask(produce, label, produceBody(topic, batch), { versions: [version] })
    }
    await fetchAll(script, topic)
  }
}

function of<Response>(answers: Answers<Response>, side: Side): Response {
  return answers[side.name]!
}

async function byId(script: Script): Promise<void> {
  await makeTopic(script, 'produce.by-id')
  const versions = script.versions(produce, { from: 13 })
  const partitionData = [{ index: 0, records: plain }]
  const send = async (label: string, topicId: string): Promise<void> => {
    const topicData = [{ topicId, partitionData }]
    await script.ask(produce, label, { acks: -1, timeoutMs, topicData }, { versions })
  }
  await send('an unknown id', unknownId)
  await send('no id', 'AAAAAAAAAAAAAAAAAAAAAA')
}

export const produceSessions = {
  'records are appended': addresses,
  'batches that are not as they should be': faults,
  'compressed batches': codecs,
  'configs that decide what is accepted': policies,
  'idempotent producers': idempotence,
  'topics are written to by id': byId,
}
