import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { FaultStorage, InjectedError } from '../../test/support/fault-storage.ts'
import {
  append,
  readAll,
  smallSegments,
  testClock,
  testNowMs,
} from '../../test/support/log-fixture.ts'
import { seededRandom } from '../../test/support/random.ts'
import { silentLogger } from '../runtime/runtime.ts'
import { MemoryStorage } from '../storage/memory-storage.ts'
import { NodeStorage } from '../storage/node-storage.ts'
import type { Storage } from '../storage/storage.ts'
import { readWholeFile, writeDerivedFile } from '../storage/whole-file.ts'
import { LogError } from './log-error.ts'
import { LogManager } from './log-manager.ts'
import type { LogManagerOptions } from './log-manager.ts'
import { verifyLog } from './verify/verify.ts'

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

test('open() leaves alone what is no partition, and deletions that were begun', async () => {
  const storage = new MemoryStorage()
  const doomed = [`old-3.${topicId}-delete`, 'of-kafka-3.0123456789abcdef0123456789abcdef-delete']
  for (const folder of ['lost+found', 'topic', ...doomed]) storage.open(`${folder}/x`).close()
  storage.open('readme.txt').close()
  const manager = open(storage)
  assert.deepEqual(manager.all(), [])
  assert.deepEqual([...manager.deletedFolders.topicIds], [topicId])
  for (const folder of doomed) assert.equal(storage.exists(folder), true)
  await manager.deletedFolders.remove()
  for (const folder of doomed) assert.equal(storage.exists(folder), false)
  assert.equal(storage.exists('lost+found/x'), true)
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
  const files = ['.kafka_cleanshutdown', 'meta.properties', 'recovery-points']
  assert.deepEqual(storage.list(''), files)
})

test('delete() keeps the bytes until it is decided that the partition goes', async () => {
  const storage = new MemoryStorage()
  const manager = open(storage)
  append(manager.create({ topic: 'orders', topicId, partition: 0, config }))
  const { promise: decided, resolve } = Promise.withResolvers<void>()
  const deleted = manager.delete('orders', 0, decided)
  await manager.whenReady()
  const aside = `orders-0.${topicId}-delete`
  assert.deepEqual([storage.exists('orders-0'), storage.exists(aside)], [false, true])
  resolve()
  await deleted
  assert.equal(storage.exists(aside), false)
})

test('open() misses nothing of a partition that was being deleted', async () => {
  const storage = new MemoryStorage()
  const manager = open(storage)
  append(manager.create({ topic: 'orders', topicId, partition: 0, config }))
  await manager.close()
  storage.rename('orders-0', `orders-0.${topicId}-delete`)
  // One of the same name, which a power failure left without its id.
  storage.open('orders-0/00000000000000000000.log').close()
  assert.equal(open(storage).get('orders', 0)!.endOffset, 0)
})

test('delete() while files are synced leaves the next partition of that name alone', async () => {
  const root = mkdtempSync(join(tmpdir(), 'kafka-do-'))
  try {
    const warnings: string[] = []
    const logger = { ...silentLogger, warn: (message: string) => void warnings.push(message) }
    const manager = open(new NodeStorage(root), { logger })
    await manager.whenReady()
    for (let round = 0; round < 20; round++) {
      manager.create({ topic: 't', topicId, partition: 0, config })
      if (round % 2 === 0) await new Promise((resolve) => setImmediate(resolve))
      manager.delete('t', 0).catch(() => assert.fail('it could not be deleted'))
    }
    const log = manager.create({ topic: 't', topicId, partition: 0, config })
    append(log, { values: ['a'] })
    await log.whenDurable(1)
    assert.deepEqual(warnings, [])
    await manager.close()
  } finally {
    rmSync(root, { recursive: true })
  }
})

test('create() begins anew where the folder of a deleted topic could not be removed', async () => {
  const storage = new FaultStorage()
  const manager = open(storage)
  append(manager.create({ topic: 'orders', topicId, partition: 0, config }))
  storage.failWhen((call, _, path) => call === 'rename' && path === 'orders-0')
  await assert.rejects(manager.delete('orders', 0), InjectedError)
  assert.throws(() => manager.create({ topic: 'orders', topicId, partition: 0, config }), LogError)
  storage.failWhen(() => false)
  const log = manager.create({ topic: 'orders', topicId, partition: 0, config })
  assert.equal(append(log).baseOffset, 0)
  await manager.close()
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

test('whenReady() resolves once the file that a failed sync has spoilt is replaced', async () => {
  const storage = new FaultStorage()
  const failing = open(storage, { flush: 'os', onFailure: () => {} })
  await failing.whenReady()
  const log = failing.create({ topic: 'orders', topicId, partition: 0, config })
  append(log)
  storage.failWhen((call) => call === 'sync')
  await assert.rejects(log.flush())
  const killed = storage.kill()
  const again = open(killed, { flush: 'os' })
  await again.whenReady()
  append(again.get('orders', 0)!)
  // The next start would take the old file while the new one is not in its place.
  const next = open(killed.kill(), { flush: 'os' })
  assert.equal(next.get('orders', 0)!.endOffset, 2)
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

test('checkpoint() notes how far each log is on the disk, and a start knows it', async () => {
  const storage = new MemoryStorage()
  const manager = open(storage)
  const log = manager.create({ topic: 'orders', topicId, partition: 0, config })
  manager.create({ topic: 'orders', topicId, partition: 1, config })
  for (let count = 0; count < 3; count++) append(log)
  await log.whenDurable(3)
  await manager.checkpoint()
  const lines = text(storage, 'recovery-points').split('\n').slice(2)
  assert.deepEqual(lines, [`${topicId} orders 0 3`, `${topicId} orders 1 0`, ''])

  const path = 'orders-0/00000000000000000000.log'
  const bytes = readWholeFile(storage, path)!
  const lastBatch = (bytes.length / 3) * 2
  writeDerivedFile(storage, path, bytes.slice(0, lastBatch))
  assert.throws(() => open(storage), /damaged at byte \d+ \(offset 2\)/)
  // What was never noted may be cut off: it may never have been on the disk.
  append(log)
  writeDerivedFile(storage, path, Buffer.concat([bytes, bytes.subarray(0, 50)]))
  assert.equal(open(storage).get('orders', 0)!.endOffset, 3)
})

test('close() notes the ends of all logs', async () => {
  const storage = new MemoryStorage()
  const manager = open(storage)
  append(manager.create({ topic: 'orders', topicId, partition: 0, config }))
  await manager.close()
  assert.match(text(storage, 'recovery-points'), /orders 0 1\n$/)
  storage.remove('orders-0/00000000000000000000.log')
  assert.throws(() => open(storage), /damaged at byte 0 \(offset 0\)/)
})

test('a topic that was deleted and made again is not missed at its old offsets', async () => {
  const storage = new MemoryStorage()
  const manager = open(storage)
  const log = manager.create({ topic: 'orders', topicId, partition: 0, config })
  append(log)
  await log.whenDurable(1)
  await manager.checkpoint()
  await manager.delete('orders', 0)
  const anew = { topic: 'orders', topicId: 'Another_OrdersTopic_Id', partition: 0, config }
  await manager.create(anew).whenDurable(0)
  assert.equal(open(storage).get('orders', 0)!.endOffset, 0)
})

test('a checkpoint that cannot be written is tried again', async () => {
  const storage = new FaultStorage()
  const warnings: string[] = []
  const logger = { ...silentLogger, warn: (message: string) => void warnings.push(message) }
  const manager = open(storage, { logger })
  const log = manager.create({ topic: 'orders', topicId, partition: 0, config })
  append(log)
  await log.whenDurable(1)
  storage.failWhen((call, _, path) => call === 'append' && path.startsWith('recovery-points'))
  await manager.checkpoint()
  assert.deepEqual(warnings, ['could not note how far the logs are on the disk'])
  storage.failWhen(() => false)
  await manager.checkpoint()
  assert.match(text(storage, 'recovery-points'), /orders 0 1\n$/)
})

test('a full disk refuses records and new logs, and is no failure', async () => {
  const storage = new FaultStorage()
  const manager = open(storage)
  const log = manager.create({ topic: 'orders', topicId, partition: 0, config })
  append(log, { values: ['kept'] })
  await log.whenDurable(1)
  storage.failWhen((call) => call === 'append')
  const full = { name: 'LogError', errorName: 'KAFKA_STORAGE_ERROR', maybeApplied: false }
  assert.throws(() => append(log), full)
  // The next segment cannot be started either.
  assert.throws(() => append(log, { values: ['x'.repeat(config.segmentBytes)] }), full)
  const another = { topic: 'orders', topicId, partition: 1, config }
  assert.throws(() => manager.create(another), full)
  assert.equal(storage.exists('orders-1'), false)
  assert.equal(readAll(log, { upTo: 'highWatermark' }).length, 1)
  storage.failWhen(() => false)
  assert.equal(append(log).baseOffset, 1)
  assert.equal(append(manager.create(another)).baseOffset, 0)
  await log.whenDurable(2)
  await manager.close()
  for (const folder of ['orders-0', 'orders-1']) {
    assert.deepEqual(verifyLog({ storage, folder }).problems, [])
  }
})

test('close() on a full disk closes all the same; the next start looks for itself', async () => {
  class FullDisk extends MemoryStorage {
    isFull = false
    override open(path: string) {
      if (!this.isFull || !path.endsWith('.tmp')) return super.open(path)
      throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' })
    }
  }
  const storage = new FullDisk()
  const manager = open(storage)
  append(manager.create({ topic: 't', topicId, partition: 0, config }), { values: ['kept'] })
  await manager.whenReady()
  storage.isFull = true
  await manager.close()
  assert.equal(storage.exists('.kafka_cleanshutdown'), false)
  storage.isFull = false
  assert.equal(readAll(open(storage).get('t', 0)!).length, 1)
})

test('enforceRetention() deletes nothing by a clock that has jumped ahead', async () => {
  const storage = new MemoryStorage()
  const times = { wallMs: testNowMs, monotonicMs: 0 }
  const clock = { ...testClock(), now: () => times.wallMs, monotonic: () => times.monotonicMs }
  const manager = open(storage, { clock })
  const week = { ...config, retentionMs: 7 * 86_400_000 }
  const log = manager.create({ topic: 'orders', topicId, partition: 0, config: week })
  for (let count = 0; count < 20; count++) append(log)
  await log.whenDurable(20)
  times.wallMs += 10 * 365 * 86_400_000
  await manager.enforceRetention()
  assert.equal(log.startOffset, 0)
  // Who starts again is not believed either, as the folder knows what time it was.
  await manager.close()
  const next = open(storage, { clock, config: week })
  await next.enforceRetention()
  assert.equal(next.get('orders', 0)!.startOffset, 0)
  times.wallMs = testNowMs + 1000
  await next.enforceRetention()
  assert.equal(next.get('orders', 0)!.startOffset, 0)
  // A week that has passed by both clocks is one.
  times.wallMs += 8 * 86_400_000
  times.monotonicMs += 8 * 86_400_000
  await next.enforceRetention()
  assert.equal(next.get('orders', 0)!.startOffset, 20)
  await next.close()
})
