import assert from 'node:assert/strict'
import { test } from 'node:test'
import { codecContract } from '../../test/support/codec-contract.ts'
import { InvalidBatchError } from './batch.ts'
import { codecFor } from './codec-for.ts'
import { webCodecs } from './web-compression.ts'

codecContract('the web', webCodecs)

test('webCodecs has no zstd, and says what to do about it', () => {
  assert.throws(
    () => codecFor(webCodecs, 'zstd'),
    (error) =>
      error instanceof InvalidBatchError &&
      /'zstd' is not available here: pass a codec for it/.test(error.message),
  )
})
