import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { seededRandom } from '../../test/support/random.ts'
import { installNativeText } from './node-text.ts'
import { portableReadText, readText, useReadText } from './text.ts'

const isInstalled = installNativeText()
after(() => useReadText(undefined))

const encoder = new TextEncoder()

test('installNativeText() changes no text, be it valid or not', { skip: !isInstalled }, () => {
  const random = seededRandom()
  const bytes = random.bytes(4_000)
  const valid = encoder.encode('\ufeffplain, ünïcödé, 漢字, 🙂, and plain again'.repeat(20))
  for (let round = 0; round < 500; round++) {
    for (const all of [bytes, valid]) {
      const start = random.below(all.length)
      const end = start + random.below(Math.min(100, all.length - start))
      const label = `from ${start} to ${end}, SEED=${random.seed}`
      assert.equal(readText(all, start, end), portableReadText(all, start, end), label)
    }
  }
})

test('readText() reads from a view that does not begin where its memory does', () => {
  const view = encoder.encode('--hello--').subarray(2)
  assert.equal(readText(view, 0, 5), 'hello')
  assert.equal(portableReadText(view, 0, 5), 'hello')
})
