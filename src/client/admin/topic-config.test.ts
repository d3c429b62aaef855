import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fromKafkaConfigs, toKafkaConfigs } from './topic-config.ts'

test('toKafkaConfigs() gives typed fields the names that Kafka has for them', () => {
  const configs = toKafkaConfigs({
    partitions: 3,
    retentionMs: -1,
    cleanupPolicy: 'compact,delete',
    configs: { 'unclean.leader.election.enable': true, 'retention.bytes': 5 },
  })
  assert.deepEqual(
    [...configs],
    [
      ['unclean.leader.election.enable', 'true'],
      ['retention.bytes', '5'],
      ['retention.ms', '-1'],
      ['cleanup.policy', 'compact,delete'],
    ],
  )
})

test('typed fields have one word for each value, whatever Kafka calls it', () => {
  const configs = toKafkaConfigs({ compressionType: 'none', cleanupPolicy: 'compact,delete' })
  assert.deepEqual(Object.fromEntries(configs), {
    'compression.type': 'uncompressed',
    'cleanup.policy': 'compact,delete',
  })
  configs.set('cleanup.policy', 'delete,compact')
  const settings = fromKafkaConfigs(configs)
  assert.deepEqual(settings, { compressionType: 'none', cleanupPolicy: 'compact,delete' })
})

test('toKafkaConfigs() leaves out what is undefined', () => {
  const configs = { 'retention.ms': undefined } as never
  assert.equal(toKafkaConfigs({ segmentMs: undefined, configs } as never).size, 0)
})

test('toKafkaConfigs() refuses a field that there is not', () => {
  // @ts-expect-error -- that is also what the compiler is for
  assert.throws(() => toKafkaConfigs({ retention: 5 }), { option: 'retention' })
})

test('fromKafkaConfigs() gives back what was set, as numbers where they are', () => {
  const settings = fromKafkaConfigs(
    new Map([
      ['retention.ms', '604800000'],
      ['cleanup.policy', 'delete'],
      ['segment.bytes', null],
      ['unknown.config', 'x'],
    ]),
  )
  assert.deepEqual(settings, { retentionMs: 604_800_000, cleanupPolicy: 'delete' })
})
