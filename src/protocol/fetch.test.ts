import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fromHex, requestOf, responseOf, toHex } from '../../test/support/message-hex.ts'
import { fetch, type FetchRequestInput, type FetchResponseInput } from './fetch.ts'

const topicId = 'AAAAAAAAAAAAAAAAAAAAAQ'
const topicIdHex = '00000000000000000000000000000001'
const none = 'ff'.repeat(8)

const request: FetchRequestInput = {
  maxWaitMs: 500,
  minBytes: 1,
  maxBytes: 1000,
  topics: [
    { topic: 't', topicId, partitions: [{ partition: 2, fetchOffset: 5, partitionMaxBytes: 100 }] },
  ],
}
const limits = '000001f4' + '00000001' + '000003e8' + '00'
const offset = '0000000000000005'

test('fetch.request has the layouts of versions 4, 12 and 15', () => {
  const partitionV4 = '00000002' + offset + '00000064'
  assert.equal(
    toHex(requestOf(fetch), 4, request),
    'ffffffff' + limits + '00000001' + '000174' + '00000001' + partitionV4,
  )
  const session = '00000000' + 'ffffffff'
  const partition = '00000002' + 'ffffffff' + offset + 'ffffffff' + none + '00000064' + '00'
  assert.equal(
    toHex(requestOf(fetch), 12, request),
    'ffffffff' + limits + session + '02' + '0274' + '02' + partition + '00' + '01' + '01' + '00',
  )
  assert.equal(
    toHex(requestOf(fetch), 15, request),
    limits + session + '02' + topicIdHex + '02' + partition + '00' + '01' + '01' + '00',
  )
})

test('fetch.request skips a follower’s high watermark', () => {
  const partition = '00000002' + 'ffffffff' + offset + 'ffffffff' + none + '00000064'
  const unknown = '01' + '0108' + '7fffffffffffffff'
  const start = limits + '00000000' + 'ffffffff' + '02' + topicIdHex + '02'
  const hex = start + partition + unknown + '00' + '01' + '01' + '00'
  const { topics } = fromHex(requestOf(fetch), 18, hex)
  assert.equal(topics[0]?.partitions[0]?.partitionMaxBytes, 100)
})

test('fetch.response has the layouts of versions 4 and 12', () => {
  const response: FetchResponseInput = {
    responses: [
      {
        topic: 't',
        partitions: [
          {
            partitionIndex: 2,
            errorCode: 0,
            highWatermark: 9,
            lastStableOffset: 8,
            abortedTransactions: [{ producerId: 7, firstOffset: 6 }],
            records: Uint8Array.of(0xaa),
          },
        ],
      },
    ],
  }
  const offsets = '00000002' + '0000' + '0000000000000009' + '0000000000000008'
  const aborted = '0000000000000007' + '0000000000000006'
  assert.equal(
    toHex(responseOf(fetch), 4, response),
    '00000000' + '00000001' + '000174' + '00000001' + offsets + '00000001' + aborted + '00000001aa',
  )
  const partition = offsets + none + '02' + aborted + '00' + 'ffffffff' + '02aa' + '00'
  assert.equal(
    toHex(responseOf(fetch), 12, response),
    '00000000' + '0000' + '00000000' + '02' + '0274' + '02' + partition + '00' + '00',
  )
})

test('fetch.response writes an error without records as null', () => {
  const partitions = [{ partitionIndex: 2, errorCode: 1 }]
  const hex = toHex(responseOf(fetch), 4, { responses: [{ topic: 't', partitions }] })
  assert.ok(hex.endsWith('00000002' + '0001' + none + none + 'ffffffff' + 'ffffffff'))
})
