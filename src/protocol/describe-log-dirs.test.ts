import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fromHex, responseOf } from '../../test/support/message-hex.ts'
import { describeLogDirs } from './describe-log-dirs.ts'

test('describeLogDirs.response reads the size of a disk that has no end', () => {
  const head = '00000000' + '0000' + '02' + '0000' + '0264' + '01'
  const hex = head + '7fffffffffffffff' + '7ffffffffffffc00' + '00' + '00'
  const [result] = fromHex(responseOf(describeLogDirs), 4, hex).results
  const { totalBytes, usableBytes } = result!
  assert.deepEqual([totalBytes, usableBytes], [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER])
})
