import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { FaultStorage } from '../../test/support/fault-storage.ts'
import { append, readAll, smallSegments, testClock } from '../../test/support/log-fixture.ts'
import { seededRandom } from '../../test/support/random.ts'
import { silentLogger } from '../runtime/runtime.ts'
import { MemoryStorage } from '../storage/memory-storage.ts'
import { NodeStorage } from '../storage/node-storage.ts'
import type { Storage } from '../storage/storage.ts'
import { readWholeFile, writeDerivedFile } from '../storage/whole-file.ts'
import { LogManager } from './log-manager.ts'
import type { LogManagerOptions } from './log-manager.ts'
import { verifyLog } from './verify.ts'

const topicId = 'AbCdEfGhIjKlMnOpQrStUw'
const config = smallSegments

function open(storage: Storage, options: Partial<LogManagerOptions> = {}): LogManager {
  return LogManager.open({
    storage,
    clock: testClock(),
    random: seededRandom(),
    logger: silentLogger,
    flush: 'ack',
    config,
    onFailure: (error) => {
      throw error
    },
    ...options,
  })
}

function text(storage: Storage, path: string): string {
  return Buffer.from(readWholeFile(storage, path) ?? []).toString()
}

test('open() gives a new folder a cluster id, and keeps it', async () => {
  const storage = new MemoryStorage()
  const manager = open(storage)
  assert.match(manager.clusterId, /^[\w-]{22}$/)
  await manager.close()
  assert.equal(text(storage, 'meta.properties'), `cluster.id=${manager.clusterId}\nversion=1\n`)
  assert.equal(open(storage).clusterId, manager.clusterId)
})

test('create() makes a folder as Kafka does, and open() finds it again', async () => {
  const storage = new MemoryStorage()
  const manager = open(storage)
  const log = manager.create({ topic: 'my-topic.v1', topicId, partition: 12, config })
  append(log, { values: ['a'] })
  await log.whenDurable(1)
  assert.equal(manager.get('my-topic.v1', 12), log)
  assert.equal(manager.get('my-topic.v1', 1), undefined)
  assert.throws(() => manager.create({ topic: 'my-topic.v1', topicId, partition: 12, config }))
  const metadata = text(storage, 'my-topic.v1-12/partition.metadata')
  assert.equal(metadata, `version: 0\ntopic_id: ${topicId}\n`)
  await manager.close()

  const next = open(storage)
  assert.deepEqual(
    next.all().map((each) => [each.topic, each.partition, each.topicId]),
    [['my-topic.v1', 12, topicId]],
  )
  assert.equal(readAll(next.get('my-topic.v1', 12)!)[0]?.value, 'a')
})

test('open() leaves alone what is no partition, and ends deletions that were begun', () => {
  const storage = new MemoryStorage()
  for (const path of ['readme.txt', 'lost+found/x', 'topic/x', 'old-3-delete/0.log']) {
    storage.open(path).close()
  }
  assert.deepEqual(open(storage).all(), [])
  assert.equal(storage.exists('lost+found/x'), true)
  assert.equal(storage.exists('old-3-delete'), false)
})

test('open() makes do without a topic id that a power failure took', () => {
  const storage = new MemoryStorage()
  writeDerivedFile(storage, 'orders-0/partition.metadata', Uint8Array.of(0, 0))
  assert.deepEqual(open(storage).all()[0]?.topicId, undefined)
})

test('delete() removes the folder, and the name can be used again at once', async () => {
  const storage = new MemoryStorage()
  const manager = open(storage)
  const topic = 'long'.repeat(60)
  for (let round = 0; round < 3; round++) {
    const log = manager.create({ topic, topicId, partition: 0, config })
    assert.equal(append(log).baseOffset, 0)
    const deleted = manager.delete(topic, 0)
    assert.equal(manager.get(topic, 0), undefined)
    if (round === 1) await deleted
  }
  await manager.delete('never existed', 0)
  await manager.close()
  assert.deepEqual(storage.list(''), ['.kafka_cleanshutdown', 'meta.properties'])
})

test('the marker of a clean shutdown is there only while nobody has the folder open', async () => {
  const storage = new MemoryStorage()
  const manager = open(storage)
  await manager.close()
  await manager.close()
  assert.equal(storage.exists('.kafka_cleanshutdown'), true)
  open(storage)
  assert.equal(storage.exists('.kafka_cleanshutdown'), false)
})

test('a log that fails is told once, and there is no clean shutdown then', async () => {
  const storage = new FaultStorage()
  let failures = 0
  const manager = open(storage, { onFailure: () => failures++ })
  await manager.whenReady()
  const logs = [0, 1].map((partition) => {
    return manager.create({ topic: 'orders', topicId, partition, config })
  })
  storage.failWhen((call) => call === 'sync')
  for (const log of logs) append(log)
  const failure = { errorName: 'KAFKA_STORAGE_ERROR', maybeApplied: true }
  await Promise.all(logs.map((log) => assert.rejects(log.whenDurable(1), failure)))
  assert.equal(failures, 1)
  assert.throws(() => append(logs[0]!), { errorName: 'KAFKA_STORAGE_ERROR', maybeApplied: false })
  await assert.rejects(manager.close())
  assert.equal(storage.exists('.kafka_cleanshutdown'), false)
})

test('whenReady() resolves once what was found is durable', async () => {
  const storage = new FaultStorage()
  const killed = open(storage, { onFailure: () => {} })
  const log = killed.create({ topic: 'orders', topicId, partition: 0, config })
  for (let count = 0; count < 9; count++) append(log)
  const next = open(storage.kill())
  const found = next.get('orders', 0)!
  assert.equal(found.endOffset, 9)
  assert.equal(found.highWatermark, 0)
  await next.whenReady()
  assert.equal(found.highWatermark, 9)
})

test('logs on real files survive shutdowns and kills', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'kafka-do-log-'))
  try {
    for (let round = 0; round < 6; round++) {
      const storage = new NodeStorage(folder)
      const manager = open(storage)
      for (const partition of [0, 1]) {
        const log =
          manager.get('orders', partition) ??
          manager.create({ topic: 'orders', topicId, partition, config })
        assert.equal(log.endOffset, round * 20)
        for (let count = 0; count < 20; count++) append(log, { values: [`${round} ${count}`] })
        const values = readAll(log).map(({ value }) => value)
        const expected = Array.from({ length: (round + 1) * 20 }, (_, at) => {
          return `${Math.floor(at / 20)} ${at % 20}`
        })
        assert.deepEqual(values, expected)
        await log.whenDurable(log.endOffset)
      }
      if (round % 2 === 0) await manager.close()
      const reports = [0, 1].map((at) => verifyLog({ storage, folder: `orders-${at}` }))
      assert.deepEqual(
        reports.flatMap(({ problems }) => problems),
        [],
      )
      storage.close()
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
})
