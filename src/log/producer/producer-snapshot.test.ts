import assert from 'node:assert/strict'
import { test } from 'node:test'
import { crc32c } from '../../record/crc32c.ts'
import { decodeProducerSnapshot, encodeProducerSnapshot } from './producer-snapshot.ts'
import type { Producer } from './producer-state.ts'

const producer: Producer = {
  epoch: 2,
  coordinatorEpoch: 5,
  transactionFirstOffset: 100,
  seenAtMs: 1_700_000_000_001,
  batches: [
    { firstSequence: 0, lastSequence: 3, baseOffset: 100, lastOffset: 103, timestamp: 1000 },
    { firstSequence: 4, lastSequence: 4, baseOffset: 110, lastOffset: 110, timestamp: 2000 },
  ],
}
const bare: Producer = {
  epoch: 0,
  coordinatorEpoch: -1,
  transactionFirstOffset: -1,
  seenAtMs: 7,
  batches: [],
}
const producers = new Map([
  [7, producer],
  [8, bare],
])
const own = {
  epochs: [{ epoch: 3, startOffset: 90 }],
  checksums: { index: 1, timeIndex: 0xffff_ffff, transactionIndex: 0 },
}

test('a snapshot survives a round trip', () => {
  const decoded = decodeProducerSnapshot(encodeProducerSnapshot(producers, own))
  assert.deepEqual(new Map(decoded!.producers), producers)
  assert.deepEqual(decoded!.own, own)
})

// The layout is Kafka's, so it is pinned by bytes written out by hand, not only by a round trip.
test('encodeProducerSnapshot() begins as version 1 of Kafka', () => {
  const bytes = encodeProducerSnapshot(new Map([[7, producer]]), own)
  const hex = Buffer.from(bytes).toString('hex')
  const crc = crc32c(bytes, 6).toString(16).padStart(8, '0')
  const entry =
    '0000000000000007' + // producer id
    '0002' + // epoch
    '00000004' + // last sequence
    '000000000000006e' + // last offset
    '00000000' + // offset delta
    '00000000000007d0' + // timestamp
    '00000005' + // coordinator epoch
    '0000000000000064' // first offset of the open transaction
  assert.ok(hex.startsWith('0001' + crc + '00000001' + entry), hex)
})

test('decodeProducerSnapshot() reads a file of Kafka, which has the last batch only', () => {
  const entry =
    '00000000000000070002' + '00000002' + '000000000000006e' + '00000004' + '00000000000007d0'
  const rest = '00000001' + entry + 'ffffffff' + 'ffffffffffffffff'
  const crc = crc32c(Buffer.from(rest, 'hex')).toString(16).padStart(8, '0')
  const decoded = decodeProducerSnapshot(Buffer.from('0001' + crc + rest, 'hex'))
  assert.equal(decoded?.own, undefined)
  assert.deepEqual(
    [...decoded!.producers],
    [
      [
        7,
        {
          epoch: 2,
          coordinatorEpoch: -1,
          transactionFirstOffset: -1,
          seenAtMs: 2000,
          // The batch of five records began before sequences went on at 0.
          batches: [
            {
              firstSequence: 2 ** 31 - 2,
              lastSequence: 2,
              baseOffset: 106,
              lastOffset: 110,
              timestamp: 2000,
            },
          ],
        },
      ],
    ],
  )
})

test('decodeProducerSnapshot() gives nothing where a byte is wrong or missing', () => {
  const bytes = encodeProducerSnapshot(producers, own)
  for (let length = 0; length < bytes.length; length++) {
    assert.equal(decodeProducerSnapshot(bytes.slice(0, length)), undefined, `${length} bytes`)
  }
  for (let at = 0; at < bytes.length; at++) {
    const wrong = bytes.slice()
    wrong[at]! ^= 0x10
    assert.equal(decodeProducerSnapshot(wrong), undefined, `byte ${at}`)
  }
})
