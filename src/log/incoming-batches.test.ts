import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as batchLayout from '../record/batch-layout.ts'
import { setCrc } from '../record/batch.ts'
import { writeBatch } from '../record/batch-writer.ts'
import type { CompressionName } from '../record/compression.ts'
import { nodeCodecs } from '../record/node-compression.ts'
import { checkIncoming } from './incoming-batches.ts'
import type { IncomingRules } from './incoming-batches.ts'
import { resolveLogConfig } from './log-config.ts'

function check(
  keys: readonly (string | null)[],
  rules: Partial<IncomingRules> = {},
  compression: CompressionName = 'none',
): number {
  const records = keys.map((key) => ({ key, value: '-'.repeat(100), timestamp: 1 }))
  const batch = writeBatch(records, { compression, codecs: nodeCodecs }) as Uint8Array
  const config = resolveLogConfig({ 'cleanup.policy': 'compact,delete' })
  const all = { origin: 'client', config, nowMs: 1, codecs: nodeCodecs, ...rules } as const
  return checkIncoming(batch, all).length
}

test('checkIncoming() refuses a record without a key where the log is compacted', () => {
  for (const compression of ['none', 'gzip', 'lz4'] as const) {
    assert.equal(check(['a', ''], {}, compression), 1)
    assert.throws(() => check(['a', null], {}, compression), { errorName: 'INVALID_RECORD' })
  }
})

test('checkIncoming() takes a record without a key anywhere else', () => {
  assert.equal(check([null], { config: resolveLogConfig() }), 1)
  assert.equal(check([null], { origin: 'coordinator' }), 1)
})

test('checkIncoming() takes what it has no codec for', () => {
  assert.equal(check([null, null], { codecs: undefined }, 'gzip'), 1)
})

test('checkIncoming() takes a batch that comes to too much to look for keys in it', () => {
  const records = [{ key: null, value: '0'.repeat(16 * 1024 * 1024), timestamp: 1 }]
  for (const compression of ['gzip', 'zstd'] as const) {
    const batch = writeBatch(records, { compression, codecs: nodeCodecs }) as Uint8Array
    const config = resolveLogConfig({ 'cleanup.policy': 'compact' })
    const rules = { origin: 'client', config, nowMs: 1, codecs: nodeCodecs } as const
    assert.equal(checkIncoming(batch, rules).length, 1)
  }
})

test('checkIncoming() looks for the largest timestamp where a client left it out', () => {
  const value = '-'.repeat(100)
  const records = [5, 9, 7].map((timestamp) => ({ key: null, value, timestamp }))
  for (const compression of ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const) {
    const batch = writeBatch(records, { compression, codecs: nodeCodecs }) as Uint8Array
    new DataView(batch.buffer, batch.byteOffset).setBigInt64(batchLayout.maxTimestamp, -1n)
    setCrc(batch)
    const rules = { origin: 'client', config: resolveLogConfig(), nowMs: 1 } as const
    const without = checkIncoming(batch.slice(), rules)[0]
    assert.equal(without?.maxTimestamp, compression === 'none' ? 9 : 5, compression)
    const [incoming] = checkIncoming(batch, { ...rules, codecs: nodeCodecs })
    assert.equal(incoming?.maxTimestamp, 9, compression)
  }
})

test('checkIncoming() refuses a time in nanoseconds, whatever the batch says of it', () => {
  const nanoseconds = Number.MAX_SAFE_INTEGER
  const records = [0, nanoseconds].map((timestamp) => ({ key: null, value: 'v', timestamp }))
  const batch = writeBatch(records) as Uint8Array
  const view = new DataView(batch.buffer, batch.byteOffset)
  view.setBigInt64(batchLayout.baseTimestamp, 1_700_000_000_000n)
  view.setBigInt64(batchLayout.maxTimestamp, -1n)
  setCrc(batch)
  const config = resolveLogConfig({ 'message.timestamp.after.max.ms': '9223372036854775807' })
  const rules = { origin: 'client', config, nowMs: 1 } as const
  assert.throws(() => checkIncoming(batch, rules), { errorName: 'INVALID_TIMESTAMP' })
})
