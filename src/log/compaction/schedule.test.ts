import assert from 'node:assert/strict'
import { test } from 'node:test'
import { silentLogger } from '../../runtime/runtime.ts'
import type { Clock, Logger } from '../../runtime/runtime.ts'
import { writeBatch } from '../../record/batch-writer.ts'
import { nodeCodecs } from '../../record/node-compression.ts'
import { MemoryStorage } from '../../storage/memory-storage.ts'
import { readWholeFile, writeDerivedFile } from '../../storage/whole-file.ts'
import { testNowMs } from '../../../test/support/log-fixture.ts'
import { seededRandom } from '../../../test/support/random.ts'
import { CompactionSchedule } from './schedule.ts'
import { resolveLogConfig } from '../log-config.ts'
import type { LogConfig } from '../log-config.ts'
import { LogManager } from '../log-manager.ts'
import type { PartitionLog } from '../partition-log.ts'

const topicId = 'AAAAAAAAAAAAAAAAAAAAAA'
const checkpoint = 'cleaner-offset-checkpoint'

function compact(configs: Readonly<Record<string, string>> = {}): LogConfig {
  return { ...resolveLogConfig({ 'cleanup.policy': 'compact', ...configs }), segmentBytes: 400 }
}

/** A data folder, and its schedule on a clock whose timers run at once. */
class Rig {
  readonly storage = new MemoryStorage()
  readonly messages: string[] = []
  readonly #logger: Logger = {
    ...silentLogger,
    info: (message, facts) => this.messages.push(`${message} ${String(facts?.['topic'])}`),
    error: (message) => this.messages.push(message),
    warn: (message) => this.messages.push(message),
  }
  readonly #clock: Clock = {
    now: () => testNowMs,
    monotonic: () => 0,
    after: (_, callback) => {
      const timer = setImmediate(callback)
      return { cancel: () => clearImmediate(timer) }
    },
  }
  logs = this.#open()
  schedule = this.#schedule()

  async restart(): Promise<void> {
    await this.schedule.stop()
    await this.logs.close()
    this.messages.length = 0
    this.logs = this.#open()
    this.schedule = this.#schedule()
  }

  create(topic: string, config = compact()): PartitionLog {
    return this.logs.create({ topic, topicId, partition: 0, config })
  }

  async fill(log: PartitionLog, recordCount = 40): Promise<void> {
    for (let count = 0; count < recordCount; count++) {
      const record = { key: `key ${count % 3}`, value: `${count}`.padEnd(30), timestamp: testNowMs }
      log.append(writeBatch([record]) as Uint8Array, { origin: 'client', leaderEpoch: 0 })
    }
    await log.whenDurable(log.endOffset)
  }

  checkpoint(): string {
    return new TextDecoder().decode(readWholeFile(this.storage, checkpoint))
  }

  #open(): LogManager {
    return LogManager.open({
      storage: this.storage,
      clock: this.#clock,
      random: seededRandom(1),
      logger: silentLogger,
      flush: 'ack',
      config: compact(),
      onFailure: (error) => {
        throw error
      },
    })
  }

  #schedule(): CompactionSchedule {
    return new CompactionSchedule({
      logs: this.logs,
      storage: this.storage,
      clock: this.#clock,
      logger: this.#logger,
      codecs: nodeCodecs,
      checkMs: 1000,
    })
  }
}

test('compactDue() compacts what is due, and notes it as Kafka does', async () => {
  const rig = new Rig()
  await rig.fill(rig.create('orders'))
  await rig.fill(rig.create('kept', resolveLogConfig()))
  await rig.fill(rig.create('idle', compact({ 'min.cleanable.dirty.ratio': '1' })))
  const before = rig.logs.get('orders', 0)!.sizeBytes
  await rig.schedule.compactDue()
  assert.deepEqual(rig.messages, ['compacting a log orders', 'compacted a log orders'])
  assert.ok(rig.logs.get('orders', 0)!.sizeBytes < before / 2)
  assert.match(rig.checkpoint(), /^0\n1\norders 0 3\d\n$/)
})

test('a new start knows what is compacted, and where that is damaged, begins anew', async () => {
  const rig = new Rig()
  await rig.fill(rig.create('orders'))
  await rig.schedule.compactDue()
  await rig.restart()
  await rig.schedule.compactDue()
  assert.deepEqual(rig.messages, [])

  await rig.schedule.stop()
  rig.storage.open(checkpoint).append(Uint8Array.of(65))
  await rig.restart()
  await rig.schedule.compactDue()
  assert.equal(rig.messages[0], 'how far logs are compacted is not known: they are compacted anew')
  assert.equal(rig.messages[2], 'compacted a log orders')
})

test('a log that is deleted takes its entry along, and one of its name begins anew', async () => {
  const rig = new Rig()
  await rig.fill(rig.create('orders'))
  await rig.fill(rig.create('others'))
  await rig.schedule.compactDue()
  await rig.logs.delete('orders', 0)
  const log = rig.create('orders')
  await rig.fill(log, 80)
  await rig.fill(rig.logs.get('others', 0)!)
  await rig.schedule.compactDue()
  const later = rig.checkpoint()
  assert.match(later, /^0\n2\n/)
  assert.match(later, /orders 0 7\d\n/)
})

test('a new start takes nothing of a deleted log for one of its name', async () => {
  const rig = new Rig()
  await rig.fill(rig.create('orders'))
  await rig.schedule.compactDue()
  await rig.logs.delete('orders', 0)
  const log = rig.create('orders')
  for (const value of ['replaced', 'kept']) {
    const batch = writeBatch([{ key: 'once', value, timestamp: testNowMs }]) as Uint8Array
    log.append(batch, { origin: 'client', leaderEpoch: 0 })
  }
  await rig.fill(log, 80)
  await rig.restart()
  await rig.schedule.compactDue()
  const { records } = rig.logs.get('orders', 0)!.read({
    offset: 0,
    maxBytes: 100_000,
    minOneBatch: true,
    upTo: 'end',
  })
  const text = new TextDecoder().decode(records)
  assert.deepEqual([text.includes('replaced'), text.includes('kept')], [false, true])
})

test('an entry goes though nothing is due, also that of a log that is not there', async () => {
  const rig = new Rig()
  await rig.fill(rig.create('orders'))
  await rig.schedule.compactDue()
  const before = rig.checkpoint()
  await rig.logs.delete('orders', 0)
  await rig.schedule.compactDue()
  assert.equal(rig.checkpoint(), '0\n0\n')
  await rig.schedule.stop()
  writeDerivedFile(rig.storage, checkpoint, new TextEncoder().encode(before))
  await rig.restart()
  await rig.schedule.compactDue()
  assert.equal(rig.checkpoint(), '0\n0\n')
})

test('compactDue() compacts what is due also while a deletion is being noted', async () => {
  const rig = new Rig()
  await rig.fill(rig.create('orders'))
  await rig.fill(rig.create('others'))
  await rig.schedule.compactDue()
  await rig.logs.delete('others', 0)
  await rig.fill(rig.logs.get('orders', 0)!, 80)
  rig.messages.length = 0
  const noted = rig.schedule.forgetDeleted()
  await rig.schedule.compactDue()
  assert.deepEqual(rig.messages, ['compacting a log orders', 'compacted a log orders'])
  await noted
})

test('a damaged log is left alone, and told of once', async () => {
  const rig = new Rig()
  await rig.fill(rig.create('orders'))
  await rig.fill(rig.create('others'))
  const path = 'orders-0/00000000000000000000.log'
  const bytes = readWholeFile(rig.storage, path)!
  bytes[90]! ^= 1
  rig.storage.open(path).truncate(0)
  rig.storage.open(path).append(bytes)
  await rig.schedule.compactDue()
  await rig.schedule.compactDue()
  assert.deepEqual(rig.messages.toSorted(), [
    'compacted a log others',
    'compacting a log orders',
    'compacting a log others',
    'compaction failed',
  ])
  assert.equal(rig.checkpoint().split('\n')[1], '1')
})

test('stop() ends a compaction, which the next start does again', async () => {
  const rig = new Rig()
  await rig.fill(rig.create('orders'), 400)
  const running = rig.schedule.compactDue()
  // It has begun then.
  await Promise.resolve()
  await rig.schedule.stop()
  await running
  assert.deepEqual(rig.messages, ['compacting a log orders'])
  await rig.restart()
  await rig.schedule.compactDue()
  assert.deepEqual(rig.messages, ['compacting a log orders', 'compacted a log orders'])
})

test('compactDue() takes several rounds where there are too many keys for one', async () => {
  const rig = new Rig()
  const log = rig.create('orders')
  await rig.fill(log)
  let from = 0
  const { logs, storage } = rig
  const schedule = new CompactionSchedule({
    logs,
    storage,
    clock: { now: () => testNowMs, monotonic: () => 0, after: () => assert.fail('no pause') },
    logger: {
      ...silentLogger,
      info: (message) => {
        if (message.startsWith('compacted')) from++
      },
    },
    codecs: nodeCodecs,
    checkMs: 1000,
    keyMemoryBytes: 1,
  })
  for (let count = 0; count < 30; count++) {
    const record = { key: `other ${count}`, value: '-'.repeat(30), timestamp: testNowMs }
    log.append(writeBatch([record]) as Uint8Array, { origin: 'client', leaderEpoch: 0 })
  }
  await log.whenDurable(log.endOffset)
  log.setConfig(compact({ 'min.cleanable.dirty.ratio': '0' }))
  await schedule.compactDue()
  assert.ok(from >= 3, `${from} rounds`)
  assert.equal(log.compaction.plan(Number(rig.checkpoint().split(' ')[2]), testNowMs).isDue, false)
})
