import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ScriptedBroker, settled } from '../../../test/support/scripted-broker.ts'
import { fetch } from '../../protocol/fetch.ts'
import { listOffsets } from '../../protocol/list-offsets.ts'
import { writeBatch } from '../../record/batch-writer.ts'
import { stampBatch } from '../../record/batch.ts'
import { ManualClock } from '../../runtime/manual-clock.ts'
import { MockKafka } from '../../testing/mock-kafka.ts'
import { Kafka } from '../kafka.ts'

/** Lets time pass in steps in which everybody gets their turn. */
async function pass(clock: ManualClock, seconds: number): Promise<void> {
  for (let step = 0; step < seconds * 10; step++) {
    clock.advance(100)
    await settled()
  }
}

test('a batch that is not full comes no more once its partitions are given back', async () => {
  const clock = new ManualClock()
  const kafka = new MockKafka({ clock })
  await kafka.producer<number>('numbers').sendBatch([1, 2, 3])
  const controller = new AbortController()
  const consumer = kafka.batchConsumer<number>('numbers', {
    group: 'g',
    batchSize: 10,
    batchTimeout: '5s',
    autoCommit: true,
    signal: controller.signal,
  })
  const batches = consumer[Symbol.asyncIterator]()
  const next = batches.next()
  await pass(clock, 2)
  controller.abort()
  await pass(clock, 10)
  assert.equal((await next).done, true)
  const { lag } = await kafka.admin.describeGroup('g')
  assert.ok(lag.every(({ offset }) => offset === null))
  const closing = kafka.close()
  await pass(clock, 6)
  await closing
})

test('a batch that is not full comes at once where another member waits for it', async () => {
  const clock = new ManualClock()
  const kafka = new MockKafka({ clock })
  await kafka.admin.createTopic('numbers', { partitions: 2 })
  const producer = kafka.producer<number>('numbers')
  await producer.send(0, { partition: 0 })
  await producer.send(1, { partition: 1 })
  const config = { group: 'g', batchSize: 10, batchTimeout: '5m' } as const
  const batches = kafka.batchConsumer<number>('numbers', config)[Symbol.asyncIterator]()
  const next = batches.next()
  await pass(clock, 2)
  const second = kafka.consumer<number>('numbers', { group: 'g' })
  second.next().catch(() => undefined)
  await pass(clock, 10)
  assert.equal((await next).value?.length, 2)
  // Whoever asks for the next one is done with this one.
  void batches.next()
  await pass(clock, 10)
  assert.equal(second.assignment().length, 1)
  const closing = kafka.close()
  await pass(clock, 6)
  await closing
})

test('a batch ends before what cannot be read, which is told of after it', async () => {
  const broker = new ScriptedBroker()
  broker
    .withTopics({ numbers: 1 })
    .on(listOffsets, ({ topics }) => ({
      topics: topics.map(({ name, partitions }) => ({
        name,
        partitions: partitions.map(({ partitionIndex }) => ({
          partitionIndex,
          errorCode: 0,
          offset: 0,
          timestamp: -1,
        })),
      })),
    }))
    // What is damaged in one answer is not in the next.
    .on(fetch, async ({ topics: [topic] }) => {
      const { fetchOffset } = topic!.partitions[0]!
      if (fetchOffset > 2) await new Promise<void>((resolve) => broker.clock.after(500, resolve))
      const offsets = [0, 1, 2].filter((offset) => offset >= fetchOffset)
      const records = Buffer.concat(
        offsets.map((at) => recordAt(at, { isBad: at - fetchOffset === 2 })),
      )
      const answer = { partitionIndex: 0, errorCode: 0, highWatermark: 3, records }
      return { responses: [{ ...topic!, partitions: [answer] }] }
    })
  const kafka = new Kafka({ url: 'kafka://broker-1:9092' }, broker.platform())
  const consumer = kafka.batchConsumer<number>('numbers', { batchSize: 10 })
  const batches = consumer[Symbol.asyncIterator]()
  const offsetsOfNext = async (): Promise<number[] | undefined> => {
    const next = batches.next()
    next.catch(() => undefined)
    await pass(broker.clock, 3)
    const { value } = await next
    return value?.records.map(({ offset }) => offset)
  }
  assert.deepEqual(await offsetsOfNext(), [0, 1])
  await assert.rejects(offsetsOfNext(), { code: 'corrupt_message' })
  assert.deepEqual(await offsetsOfNext(), [2])
  await kafka.close()
})

function recordAt(offset: number, { isBad }: { readonly isBad: boolean }): Uint8Array {
  const bytes = writeBatch([{ key: null, value: String(offset) }]) as Uint8Array
  stampBatch(bytes, 0, { baseOffset: offset, leaderEpoch: 0 })
  if (isBad) bytes[bytes.length - 1]! ^= 1
  return bytes
}
