import assert from 'node:assert/strict'
import { test } from 'node:test'
import { append, openTestLog, readAll, smallSegments } from '../../test/support/log-fixture.ts'
import { FaultStorage } from '../../test/support/fault-storage.ts'
import { FlushPolicy } from './flush-policy.ts'
import { resolveLogConfig } from './log-config.ts'
import type { FlushMode } from './partition-log-options.ts'

function configOf(flushMessages: string | undefined) {
  const base = smallSegments
  return flushMessages === undefined
    ? base
    : resolveLogConfig({ 'flush.messages': flushMessages }, base)
}

const unsynced = { syncedOffset: 10, endOffset: 13 }

test('a topic follows its flush.messages, and the broker where it has none', () => {
  const table: [FlushMode, string | undefined, 'ack' | 'os', boolean][] = [
    ['ack', undefined, 'ack', true],
    ['ack', '9223372036854775807', 'ack', true],
    ['ack', '1', 'ack', true],
    ['ack', '3', 'os', true],
    ['ack', '4', 'os', false],
    ['os', undefined, 'os', false],
    ['os', '9223372036854775807', 'os', false],
    ['os', '1', 'ack', true],
    ['os', '3', 'os', true],
    ['os', '4', 'os', false],
  ]
  for (const [broker, flushMessages, mode, isDue] of table) {
    const policy = new FlushPolicy(broker, configOf(flushMessages))
    const hint = `${broker}, ${flushMessages}`
    assert.equal(policy.isAck, mode === 'ack', hint)
    assert.equal(policy.highWatermark(unsynced), mode === 'ack' ? 10 : 13, hint)
    assert.equal(policy.isDue(unsynced), isDue, hint)
    assert.equal(policy.isDue({ syncedOffset: 13, endOffset: 13 }), false, hint)
  }
})

test('the high watermark never goes back when a topic begins to wait for the disk', async () => {
  const storage = new FaultStorage()
  const log = openTestLog({ storage, flush: 'os' })
  await log.whenDurable(0)
  append(log)
  append(log)
  assert.deepEqual([log.highWatermark, log.syncedOffset], [2, 0])
  log.setConfig(configOf('1'))
  assert.deepEqual([log.highWatermark, log.syncedOffset], [2, 0])
  append(log)
  assert.equal(log.highWatermark, 2)
  await log.whenDurable(3)
  assert.deepEqual([log.highWatermark, log.syncedOffset], [3, 3])
  assert.equal(readAll(log, { upTo: 'highWatermark' }).length, 3)
  log.setConfig(configOf(undefined))
  append(log)
  assert.deepEqual([log.highWatermark, log.syncedOffset], [4, 3])
  await log.close()
})

test('a topic that does not wait is synced after so many records', async () => {
  const log = openTestLog({ storage: new FaultStorage(), config: configOf('3') })
  for (let count = 0; count < 2; count++) append(log)
  await new Promise(setImmediate)
  assert.deepEqual([log.highWatermark, log.syncedOffset], [2, 0])
  append(log)
  await new Promise(setImmediate)
  assert.deepEqual([log.highWatermark, log.syncedOffset], [3, 3])
  await log.close()
})
