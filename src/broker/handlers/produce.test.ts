import assert from 'node:assert/strict'
import { test } from 'node:test'
import { batchOf, BrokerHarness, newPeer } from '../../../test/support/broker-harness.ts'
import { errorCodes } from '../../protocol/error-codes.ts'
import { fetch } from '../../protocol/fetch.ts'
import { metadata } from '../../protocol/metadata.ts'
import { produce, type ProduceResponse } from '../../protocol/produce.ts'
import { decodeBatches, readRecords } from '../../record/batch-reader.ts'

const version = 9

async function brokerWithTopic(): Promise<BrokerHarness> {
  const harness = new BrokerHarness()
  await harness.request(metadata, 9, { topics: [{ name: 't' }] })
  return harness
}

/** Resolves with `undefined` for `acks=0`. */
function ask(
  harness: BrokerHarness,
  { records, acks, name = 't' }: { records: Uint8Array | null; acks: number; name?: string },
): Promise<ProduceResponse> {
  const partitionData = [{ index: 0, records }]
  const body = { acks, timeoutMs: 1000, topicData: [{ name, partitionData }] }
  return harness.request(produce, version, body)
}

async function send(harness: BrokerHarness, records: Uint8Array | null, acks = -1, name = 't') {
  const { responses } = await ask(harness, { records, acks, name })
  return responses[0]!.partitionResponses[0]!
}

async function valuesOf(harness: BrokerHarness): Promise<(string | undefined)[]> {
  const partitions = [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1e6 }]
  const body = { maxWaitMs: 0, minBytes: 0, topics: [{ topic: 't', partitions }] }
  const { responses } = await harness.request(fetch, 11, body)
  const batches = [...decodeBatches(responses[0]!.partitions[0]!.records!)]
  return batches.flatMap(({ bytes, header }) => {
    const records = readRecords(bytes, header) as { value: Uint8Array }[]
    return records.map(({ value }) => Buffer.from(value).toString())
  })
}

test('produce answers the offset of the first record, and fetch gives the records', async () => {
  const harness = await brokerWithTopic()
  const first = await send(harness, batchOf(['a', 'b']))
  assert.deepEqual([first.errorCode, first.baseOffset], [0, 0])
  const second = await send(harness, batchOf(['c']), 1)
  assert.deepEqual([second.errorCode, second.baseOffset], [0, 2])
  // Consumers see what is durable, so this waits for the record before it as well.
  await send(harness, batchOf(['d']))
  assert.deepEqual(await valuesOf(harness), ['a', 'b', 'c', 'd'])
})

test('produce is answered in the same turn where it waits for no disk', async () => {
  const harness = new BrokerHarness({ broker: { flush: 'os' } })
  await harness.createTopic('t')
  const topicData = [{ name: 't', partitionData: [{ index: 0, records: batchOf(['a']) }] }]
  const message = harness.encode(produce, version, { acks: -1, timeoutMs: 1000, topicData })
  const reply = harness.broker.handle(message, newPeer().peer)
  assert.ok(Array.isArray(reply))
})

test('produce is answered after the fetches that waited for its records', async () => {
  for (const flush of ['os', 'ack'] as const) {
    const harness = new BrokerHarness({ broker: { flush } })
    await harness.createTopic('t')
    const partitions = [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1e6 }]
    const body = { maxWaitMs: 1000, minBytes: 1, topics: [{ topic: 't', partitions }] }
    const answered: string[] = []
    const fetched = harness.request(fetch, 11, body).then(() => answered.push('fetch'))
    const produced = send(harness, batchOf(['a'])).then(() => answered.push('produce'))
    await Promise.all([fetched, produced])
    assert.deepEqual(answered, ['fetch', 'produce'], flush)
  }
})

test('produce with acks=0 is not answered', async () => {
  const harness = await brokerWithTopic()
  assert.equal(await ask(harness, { records: batchOf(['a']), acks: 0 }), undefined)
  assert.equal((await send(harness, batchOf(['b']))).baseOffset, 1)
})

test('produce with acks=0 that fails closes the connection: nothing else could tell', async () => {
  const harness = await brokerWithTopic()
  await assert.rejects(() => send(harness, batchOf(['a']), 0, 'unknown'), {
    name: 'RefusedRequestError',
  })
})

test('produce refuses what it must, and stores nothing of it', async () => {
  const harness = await brokerWithTopic()
  const corrupt = batchOf(['a'])
  corrupt[corrupt.length - 1]! ^= 1
  const oldFormat = batchOf(['a'])
  oldFormat[16] = 1
  const cases: readonly [string, Uint8Array | null, number, string][] = [
    ['CORRUPT_MESSAGE', corrupt, -1, 't'],
    ['INVALID_RECORD', batchOf(['a']).subarray(0, 40), -1, 't'],
    ['INVALID_RECORD', batchOf(['a']).subarray(0, -1), -1, 't'],
    ['INVALID_RECORD', new Uint8Array([...batchOf(['a']), ...batchOf(['b'])]), -1, 't'],
    ['INVALID_RECORD', oldFormat, -1, 't'],
    ['INVALID_RECORD', batchOf(['a'], { isControl: true }), -1, 't'],
    ['INVALID_RECORD', null, -1, 't'],
    ['INVALID_REQUIRED_ACKS', batchOf(['a']), 2, 't'],
    ['MESSAGE_TOO_LARGE', batchOf(['x'.repeat(2_000_000)]), -1, 't'],
    ['UNKNOWN_TOPIC_OR_PARTITION', batchOf(['a']), -1, 'unknown'],
    ['INVALID_TOPIC_EXCEPTION', batchOf(['a']), -1, '__consumer_offsets'],
  ]
  for (const [name, records, acks, topic] of cases) {
    const response = await send(harness, records, acks, topic)
    assert.equal(response.errorCode, errorCodes[name as keyof typeof errorCodes], name)
  }
  assert.deepEqual(await valuesOf(harness), [])
})

test('produce answers a batch sent before with its old offset, and refuses a gap', async () => {
  const harness = await brokerWithTopic()
  const batch = (baseSequence: number, ...values: string[]): Uint8Array =>
    batchOf(values, { producerId: 7, producerEpoch: 0, baseSequence })
  assert.equal((await send(harness, batch(0, 'a', 'b'))).baseOffset, 0)
  assert.equal((await send(harness, batch(2, 'c'))).baseOffset, 2)
  const repeated = await send(harness, batch(0, 'a', 'b'))
  assert.deepEqual([repeated.errorCode, repeated.baseOffset], [0, 0])
  const gap = await send(harness, batch(5, 'd'))
  assert.equal(gap.errorCode, errorCodes.OUT_OF_ORDER_SEQUENCE_NUMBER)
  await harness.restart()
  assert.equal((await send(harness, batch(2, 'c'))).baseOffset, 2)
  assert.deepEqual(await valuesOf(harness), ['a', 'b', 'c'])
})
