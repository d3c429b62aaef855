import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { MetadataRecord, MetadataRecordInput } from '../protocol/records/metadata-record.ts'
import { ProducerIds } from './producer-ids.ts'

async function take(ids: ProducerIds, count: number): Promise<number[]> {
  return Promise.all(Array.from({ length: count }, () => ids.next(1)))
}

test('next() never gives an id twice, also not after a restart', async () => {
  const written: MetadataRecordInput[] = []
  const start = (): ProducerIds => {
    const ids = new ProducerIds(async (record) => void written.push(record))
    for (const record of written) ids.apply(record as MetadataRecord)
    return ids
  }
  const before = await take(start(), 2500)
  assert.equal(written.length, 3)
  const all = [...before, ...(await take(start(), 2500))]
  assert.equal(new Set(all).size, all.length)
})

test('next() gives an id only once its block is durable', async () => {
  const { promise, resolve } = Promise.withResolvers<void>()
  const ids = new ProducerIds(() => promise)
  const given: number[] = []
  const both = [ids.next(1), ids.next(1)].map((id) => id.then((value) => given.push(value)))
  await Promise.resolve()
  assert.deepEqual(given, [])
  resolve()
  await Promise.all(both)
  assert.deepEqual(given, [0, 1])
})

test('next() fails where the block cannot be written down', async () => {
  const ids = new ProducerIds(() => Promise.reject(new Error('disk full')))
  await assert.rejects(ids.next(1), { message: 'disk full' })
})

test('next() gives no id of a block that the log refused', async () => {
  const written: MetadataRecordInput[] = []
  let isFull = true
  const append = (record: MetadataRecordInput): Promise<void> => {
    if (isFull) throw new Error('disk full')
    written.push(record)
    return Promise.resolve()
  }
  const ids = new ProducerIds(append)
  await assert.rejects(ids.next(1), { message: 'disk full' })
  isFull = false
  const before = await ids.next(1)
  const restarted = new ProducerIds(append)
  for (const record of written) restarted.apply(record as MetadataRecord)
  assert.notEqual(await restarted.next(1), before)
})

test('skip() leaves out an id and those below, but none that a broker never gives', async () => {
  const ids = new ProducerIds(async () => {})
  for (const id of [-1, 4711, 12, 2 ** 53]) ids.skip(id)
  assert.deepEqual(await take(ids, 2), [4712, 4713])
})
