import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encodeKey, encodeValue } from './record-schema.ts'
import { transactionLogKey, transactionLogValue } from './transaction-records.ts'

const value = {
  producerId: 7,
  producerEpoch: 2,
  transactionTimeoutMs: 1000,
  transactionStatus: 1,
  transactionPartitions: null,
  transactionLastUpdateTimestampMs: 0,
  transactionStartTimestampMs: 0,
}
const start = '0000000000000007' + '0002' + '000003e8' + '01'
const times = '00'.repeat(16)

test('transactionLogKey is the transactional id', () => {
  const key = encodeKey(transactionLogKey, { transactionalId: 'tx' })
  assert.equal(Buffer.from(key).toString('hex'), '0000' + '00027478')
})

// The bytes of version 1 are what Kafka 4.3.1 writes.
test('transactionLogValue has the layouts of version 0 and 1', () => {
  const v0 = encodeValue(transactionLogValue, value, 0)
  assert.equal(Buffer.from(v0).toString('hex'), '0000' + start + 'ffffffff' + times)
  const v1 = encodeValue(transactionLogValue, { ...value, nextProducerEpoch: 3 }, 1)
  assert.equal(
    Buffer.from(v1).toString('hex'),
    '0001' + start + '00' + times + '01' + '0302' + '0003',
  )
})
