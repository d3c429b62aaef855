import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sampleOf } from '../../../test/support/codec-samples.ts'
import { encode } from '../../../test/support/encode.ts'
import { seededRandom } from '../../../test/support/random.ts'
import { ByteReader, MalformedBytesError } from '../../bytes/reader.ts'
import { encodingOf, readWhole } from '../api.ts'
import * as classicGroupRecords from './classic-group-records.ts'
import { offsetCommitKey, offsetCommitValue } from './classic-group-records.ts'
import * as consumerGroupRecords from './consumer-group-records.ts'
import { consumerProtocolAssignment, consumerProtocolSubscription } from './consumer-protocol.ts'
import { metadataSchemas } from './metadata-records.ts'
import {
  decodeKey,
  decodeValue,
  encodeKey,
  encodeValue,
  keyType,
  type RecordSchema,
} from './record-schema.ts'
import * as transactionRecords from './transaction-records.ts'

const schemas: readonly RecordSchema<unknown>[] = [
  ...Object.values(classicGroupRecords),
  ...Object.values(consumerGroupRecords),
  ...Object.values(transactionRecords),
  ...Object.values(metadataSchemas),
  consumerProtocolSubscription,
  consumerProtocolAssignment,
] as RecordSchema<unknown>[]

/** Calls `check` with each version of each schema, and a sample of it. */
function forEachSample(
  check: (schema: RecordSchema<unknown>, version: number, value: unknown, seed: string) => void,
): void {
  const random = seededRandom()
  for (const schema of schemas) {
    for (let { min: version } = schema.versions; version <= schema.versions.max; version++) {
      const value = sampleOf(schema.codec, random, encodingOf(schema, version))
      check(schema, version, value, `${schema.name} v${version}, SEED=${random.seed}`)
    }
  }
}

test('encodeKey() puts the type of the record in front', () => {
  const key = encodeKey(offsetCommitKey, { group: 'g', topic: 't', partition: 1 })
  assert.equal(Buffer.from(key).toString('hex'), '0001' + '000167' + '000174' + '00000001')
  assert.equal(keyType(key), offsetCommitKey.type)
  assert.deepEqual(decodeKey(offsetCommitKey, key), { group: 'g', topic: 't', partition: 1 })
})

test('decodeKey() refuses the key of another record', () => {
  const key = encodeKey(classicGroupRecords.groupMetadataKey, { group: 'g' })
  assert.throws(() => decodeKey(offsetCommitKey, key), MalformedBytesError)
})

test('encodeValue() puts the version in front, the newest if none is asked for', () => {
  const value = { offset: 5, leaderEpoch: 2, metadata: 'm', commitTimestamp: 1000 }
  const fields = '0000000000000005' + '00000002'
  const v3 = Buffer.from(encodeValue(offsetCommitValue, value, 3)).toString('hex')
  assert.equal(v3, '0003' + fields + '00016d' + '00000000000003e8')
  const topicId = 'AAAAAAAAAAAAAAAAAAAAAQ'
  const v4 = Buffer.from(encodeValue(offsetCommitValue, { ...value, topicId })).toString('hex')
  const tags = '01' + '0010' + '00000000000000000000000000000001'
  assert.equal(v4, '0004' + fields + '026d' + '00000000000003e8' + tags)
})

test('decodeValue() refuses a version that the schema does not have', () => {
  const value = Buffer.from('0005' + '00'.repeat(40), 'hex')
  assert.throws(() => decodeValue(offsetCommitValue, value), MalformedBytesError)
})

test('every record survives a round trip in each version', () => {
  forEachSample((schema, version, value, label) => {
    assert.deepEqual(decodeValue(schema, encodeValue(schema, value, version)), value, label)
  })
})

test('every record refuses truncations', () => {
  forEachSample((schema, version, value, label) => {
    const whole = encodeValue(schema, value, version)
    for (let length = 0; length < whole.length; length++) {
      const cut = whole.subarray(0, length)
      assert.throws(() => decodeValue(schema, cut), MalformedBytesError, `${label}, ${length}`)
    }
  })
})

test('every record reads any bytes as a value, or refuses them as malformed', () => {
  const random = seededRandom()
  forEachSample((schema, version, value, label) => {
    const encoding = encodingOf(schema, version)
    for (let round = 0; round < 40; round++) {
      const bytes = encode(schema.codec, value, encoding).slice()
      for (let count = 1 + random.below(3); count > 0 && bytes.length > 0; count--) {
        bytes[random.below(bytes.length)] = random.pick([0, 0x7f, 0x80, 0xff, random.below(256)])
      }
      try {
        readWhole(schema.codec, new ByteReader(bytes), encoding)
      } catch (error) {
        const hex = Buffer.from(bytes).toString('hex')
        assert.ok(error instanceof MalformedBytesError, `${label}: ${String(error)} for ${hex}`)
      }
    }
  })
})
