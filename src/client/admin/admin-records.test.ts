import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ScriptedBroker, settled } from '../../../test/support/scripted-broker.ts'
import { deleteRecords } from '../../protocol/delete-records.ts'
import { errorCodes } from '../../protocol/error-codes.ts'
import { listOffsets as listOffsetsApi } from '../../protocol/list-offsets.ts'
import { Offset } from '../record/offset.ts'
import { deleteRecordsBefore, listOffsets } from './admin-records.ts'

interface Script {
  /** What deletions are answered with, in turn; then they succeed. */
  readonly deletions: readonly number[]
  /** What lookups of the end are answered with, in turn; then it is 10. */
  readonly ends?: readonly number[]
}

/** Deletes what is before 6, and lets time pass until that is settled. */
function run({ deletions, ends = [] }: Script) {
  const errors = { deletions: [...deletions], ends: [...ends] }
  const broker = new ScriptedBroker()
    .withTopics({ orders: 1 })
    .on(deleteRecords, () => {
      const errorCode = errors.deletions.shift() ?? 0
      const partition = { partitionIndex: 0, lowWatermark: 6, errorCode }
      return { topics: [{ name: 'orders', partitions: [partition] }] }
    })
    .on(listOffsetsApi, () => {
      const errorCode = errors.ends.shift() ?? 0
      const partition = { partitionIndex: 0, errorCode, offset: 10, timestamp: -1 }
      return { topics: [{ name: 'orders', partitions: [partition] }] }
    })
  const deleteBefore = async (before: number | 'latest') => {
    const limits = [{ partition: 0, before }]
    const cluster = broker.cluster({ timeout: '20s', retries: 3 })
    const deleting = deleteRecordsBefore(cluster, 'orders', limits, {})
    let isSettled = false
    const mark = (): void => void (isSettled = true)
    deleting.then(mark, mark)
    while (!isSettled) {
      await settled()
      broker.clock.advance(100)
    }
    return await deleting
  }
  return { broker, deleteBefore }
}

const deleted = [{ topic: 'orders', partition: 0, startOffset: 6 }]

test('a new leader that does not know yet what was acknowledged is asked again', async () => {
  const { broker, deleteBefore } = run({
    deletions: Array.from({ length: 5 }, () => errorCodes.OFFSET_OUT_OF_RANGE),
    ends: [errorCodes.OFFSET_NOT_AVAILABLE],
  })
  assert.deepEqual(await deleteBefore(6), deleted)
  assert.equal(broker.requests(deleteRecords).length, 6)
})

test('what is behind the end is refused', async () => {
  const { broker, deleteBefore } = run({ deletions: [errorCodes.OFFSET_OUT_OF_RANGE] })
  const expected = { code: 'offset_out_of_range', topic: 'orders', partition: 0 }
  await assert.rejects(deleteBefore(11), expected)
  assert.equal(broker.requests(deleteRecords).length, 1)
})

test('a broker that waits in vain for all replicas leaves time to ask again', async () => {
  const { broker, deleteBefore } = run({ deletions: [errorCodes.REQUEST_TIMED_OUT] })
  assert.deepEqual(await deleteBefore(6), deleted)
  const waits = broker.requests(deleteRecords).map(({ timeoutMs }) => timeoutMs)
  assert.deepEqual(waits, [5000, 5000])
})

test('what comes while a deletion is tried again stays', async () => {
  const { broker, deleteBefore } = run({ deletions: [errorCodes.REQUEST_TIMED_OUT] })
  await deleteBefore('latest')
  const offsets = broker
    .requests(deleteRecords)
    .flatMap(({ topics }) => topics[0]!.partitions.map(({ offset }) => offset))
  assert.deepEqual(offsets, [10, 10])
  assert.equal(broker.requests(listOffsetsApi).length, 1)
})

test('others do not wait behind a deletion that waits for replicas', async () => {
  const replicas = Promise.withResolvers<void>()
  const broker = new ScriptedBroker()
    .withTopics({ orders: 1 })
    .on(deleteRecords, async () => {
      await replicas.promise
      const partition = { partitionIndex: 0, lowWatermark: 6, errorCode: 0 }
      return { topics: [{ name: 'orders', partitions: [partition] }] }
    })
    .on(listOffsetsApi, () => ({
      topics: [{ name: 'orders', partitions: [{ errorCode: 0, partitionIndex: 0, offset: 10 }] }],
    }))
  broker.isInOrder = true
  const cluster = broker.cluster()
  const deleting = deleteRecordsBefore(cluster, 'orders', [{ partition: 0, before: 6 }], {})
  await settled()
  assert.equal(broker.requests(deleteRecords).length, 1)
  const [end] = await listOffsets(cluster, 'orders', Offset.latest, {})
  assert.equal(end!.offset, 10)
  replicas.resolve()
  assert.deepEqual(await deleting, deleted)
})

test('listOffsets() has partitions that were added since the topic was last seen', async () => {
  const topics = { orders: 1 }
  const broker = new ScriptedBroker()
    .withTopics(topics)
    .on(listOffsetsApi, ({ topics: [asked] }) => ({
      topics: [
        {
          name: 'orders',
          partitions: asked!.partitions.map(({ partitionIndex }) => {
            return { partitionIndex, errorCode: 0, offset: 10, timestamp: -1 }
          }),
        },
      ],
    }))
  const cluster = broker.cluster()
  assert.equal((await listOffsets(cluster, 'orders', Offset.latest, {})).length, 1)
  topics.orders = 3
  assert.equal((await listOffsets(cluster, 'orders', Offset.latest, {})).length, 3)
})
