import assert from 'node:assert/strict'
import { test } from 'node:test'
import { logConfigDefaults, logConfigEntries, resolveLogConfig } from './log-config.ts'
import { LogError } from './log-error.ts'

test('resolveLogConfig() keeps what is given and takes the rest from the base', () => {
  assert.deepEqual(resolveLogConfig(), logConfigDefaults)
  const base = resolveLogConfig({ 'retention.ms': '1000', 'segment.bytes': '2000' })
  const config = resolveLogConfig({ 'segment.bytes': '3000' }, base)
  assert.equal(config.retentionMs, 1000)
  assert.equal(config.segmentBytes, 3000)
  assert.equal(config.maxMessageBytes, 1_048_588)
})

test('resolveLogConfig() has the defaults of Kafka', () => {
  assert.equal(logConfigDefaults.segmentBytes, 1_073_741_824)
  assert.equal(logConfigDefaults.segmentMs, 604_800_000)
  assert.equal(logConfigDefaults.retentionMs, 604_800_000)
  assert.equal(logConfigDefaults.retentionBytes, -1)
  assert.equal(logConfigDefaults.messageTimestampType, 'CreateTime')
  assert.equal(logConfigDefaults.messageTimestampBeforeMaxMs, Infinity)
  assert.deepEqual(logConfigDefaults.cleanupPolicy, ['delete'])
})

test('every default is a value that its own config allows', () => {
  for (const entry of logConfigEntries.values()) {
    assert.notEqual(entry.parse(entry.defaultText), undefined, entry.name)
  }
})

/** Each with a value that is read as the one after it. */
const accepted: readonly (readonly [name: string, text: string, value: unknown])[] = [
  ['cleanup.policy', 'compact', ['compact']],
  ['cleanup.policy', 'delete, compact', ['compact', 'delete']],
  ['message.timestamp.type', 'LogAppendTime', 'LogAppendTime'],
  ['min.cleanable.dirty.ratio', '0.25', 0.25],
  ['preallocate', 'TRUE', true],
  ['preallocate', 'false', false],
  ['retention.ms', '-1', -1],
  ['retention.ms', '9223372036854775807', Infinity],
  ['segment.bytes', ' 1048576 ', 1_048_576],
]

for (const [name, text, value] of accepted) {
  test(`${name} may be '${text}'`, () => {
    assert.deepEqual(logConfigEntries.get(name)!.parse(text), value)
  })
}

const refused: readonly (readonly [name: string, text: string])[] = [
  ['cleanup.policy', 'compact,shred'],
  ['compression.type', 'brotli'],
  ['index.interval.bytes', '-1'],
  ['max.message.bytes', '1e6'],
  ['message.timestamp.type', 'createtime'],
  ['min.cleanable.dirty.ratio', '1.5'],
  ['min.cleanable.dirty.ratio', ''],
  ['preallocate', 'yes'],
  ['preallocate', 'constructor'],
  ['retention.ms', '-2'],
  ['retention.ms', '1.5'],
  ['segment.bytes', '13'],
  ['segment.bytes', '2147483648'],
  ['segment.bytes', ''],
  ['no.such.config', '1'],
]

for (const [name, text] of refused) {
  test(`resolveLogConfig() refuses '${text}' as ${name}, and names it`, () => {
    assert.throws(
      () => resolveLogConfig({ [name]: text }),
      (error) =>
        error instanceof LogError &&
        error.errorName === 'INVALID_CONFIG' &&
        error.message.includes(name),
    )
  })
}
