import assert from 'node:assert/strict'
import { test } from 'node:test'
import { batchOf, BrokerHarness, settle } from '../../test/support/broker-harness.ts'
import { createPartitions } from '../protocol/create-partitions.ts'
import { errorCodes } from '../protocol/error-codes.ts'
import { metadata } from '../protocol/metadata.ts'
import { readWholeFile } from '../storage/whole-file.ts'
import type { Storage } from '../storage/storage.ts'

const hourMs = 3_600_000

function copyFolder(storage: Storage, from: string, to: string): void {
  for (const name of storage.list(from)) {
    storage.open(`${to}/${name}`).append(readWholeFile(storage, `${from}/${name}`)!)
  }
}

test('a copy beside its topic is not deleted for its age, and no topic takes it over', async () => {
  const harness = new BrokerHarness()
  const { storage, clock } = harness
  await harness.createTopic('t', { configs: { 'retention.ms': '-1' } })
  await harness.send('t', 0, batchOf([{ key: null, value: 'a', timestamp: clock.now() }]))
  await harness.broker.close()
  copyFolder(storage, 't-0', 't-copy-0')
  const records = (): number | undefined =>
    readWholeFile(storage, 't-copy-0/00000000000000000000.log')?.length
  const before = records()
  await harness.restart()
  for (let hours = 0; hours < 9 * 24; hours += 12) {
    clock.advance(12 * hourMs)
    await settle()
  }
  assert.equal(records(), before)
  await assert.rejects(harness.createTopic('t-copy'), /has entries named like 't-copy'/)
  assert.equal(records(), before)
  await harness.broker.close()
})

test('of a topic without metadata, and its copy, the topic is taken in', async () => {
  const harness = new BrokerHarness()
  const { storage } = harness
  await harness.createTopic('t')
  await harness.send('t', 0, batchOf(['a']))
  await harness.broker.close()
  copyFolder(storage, 't-0', 'old-t-0')
  for (const lost of ['__cluster_metadata-0', 'recovery-points', '.kafka_cleanshutdown']) {
    storage.remove(lost)
  }
  const next = new BrokerHarness({ storage })
  await next.broker.whenReady()
  const { topics } = await next.request(metadata, 12, { topics: null })
  const names = topics.map(({ name }) => name)
  assert.ok(names.includes('t'))
  assert.ok(!names.includes('old-t'))
  await next.broker.close()
})

test('files that are called as folders of partitions are left alone', async () => {
  const harness = new BrokerHarness()
  const { storage } = harness
  await harness.createTopic('t')
  await harness.broker.close()
  const text = new TextEncoder().encode('mine')
  const files = ['x-1', 't-1', 'y-0.tmp-delete']
  for (const file of files) storage.open(file).append(text)
  storage.open('notes-delete/plan').append(text)
  await harness.restart()
  await assert.rejects(harness.createTopic('x'), /has entries named like 'x'/)
  const topic = [{ name: 't', count: 2, assignments: null }]
  const request = { topics: topic, timeoutMs: 1000, validateOnly: false }
  const { results } = await harness.request(createPartitions, 3, request)
  assert.equal(results[0]!.errorCode, errorCodes.KAFKA_STORAGE_ERROR)
  await settle()
  for (const file of [...files, 'notes-delete/plan']) {
    assert.deepEqual(readWholeFile(storage, file), text, file)
  }
  await harness.broker.close()
})
