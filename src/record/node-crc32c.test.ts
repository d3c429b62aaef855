import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { seededRandom } from '../../test/support/random.ts'
import { crc32c, portableCrc32c, useCrc32c } from './crc32c.ts'
import { installNativeCrc32c } from './node-crc32c.ts'

const isInstalled = installNativeCrc32c()
after(() => useCrc32c(undefined))

test(
  'installNativeCrc32c() changes no checksum',
  { skip: !isInstalled && 'the optional dependency @node-rs/crc32 is not installed' },
  () => {
    const random = seededRandom()
    const bytes = random.bytes(10_000)
    for (let round = 0; round < 200; round++) {
      const start = random.below(bytes.length)
      const end = start + random.below(bytes.length - start)
      const label = `from ${start} to ${end}, SEED=${random.seed}`
      assert.equal(crc32c(bytes, start, end), portableCrc32c(bytes, start, end), label)
    }
  },
)
