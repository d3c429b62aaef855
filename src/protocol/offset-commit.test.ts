import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fromHex, requestOf, toHex } from '../../test/support/message-hex.ts'
import { offsetCommit } from './offset-commit.ts'

const topicId = 'AAAAAAAAAAAAAAAAAAAAAQ'
const request = {
  groupId: 'g',
  generationIdOrMemberEpoch: 3,
  memberId: 'm',
  topics: [
    {
      name: 't',
      topicId,
      partitions: [{ partitionIndex: 2, committedOffset: 5, committedMetadata: null }],
    },
  ],
}
const offset = '00000002' + '0000000000000005'

test('offsetCommit.request has the layouts of versions 2, 8 and 10', () => {
  const none = 'ff'.repeat(8)
  assert.equal(
    toHex(requestOf(offsetCommit), 2, request),
    '000167' + '00000003' + '00016d' + none + '00000001' + '000174' + '00000001' + offset + 'ffff',
  )
  const start = '0267' + '00000003' + '026d' + '00' + '02'
  const partitions = '02' + offset + 'ffffffff' + '00' + '00'
  assert.equal(toHex(requestOf(offsetCommit), 8, request), start + '0274' + partitions + '0000')
  const topicIdHex = '00000000000000000000000000000001'
  assert.equal(
    toHex(requestOf(offsetCommit), 10, request),
    start + topicIdHex + partitions + '0000',
  )
})

test('offsetCommit.request reads the longest retention time as the longest we have', () => {
  const hex = '000167' + '00000003' + '00016d' + '7fffffffffffffff' + '00000000'
  const { retentionTimeMs } = fromHex(requestOf(offsetCommit), 2, hex)
  assert.equal(retentionTimeMs, Number.MAX_SAFE_INTEGER)
})
