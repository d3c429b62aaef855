import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { seededRandom } from '../../test/support/random.ts'
import { installNativeText } from './node-text.ts'
import {
  portableReadText,
  portableWriteText,
  readText,
  useReadText,
  useWriteText,
  writeText,
} from './text.ts'
import { utf8Length } from './writer.ts'

const isInstalled = installNativeText()
after(() => {
  useReadText(undefined)
  useWriteText(undefined)
})

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

test('writeText() writes the same bytes natively, also of half a surrogate pair', () => {
  const random = seededRandom()
  const parts = ['plain text ', 'é', '漢', '🙂', '\ud83d', '\ude42', '\ufeff']
  for (let round = 0; round < 500; round++) {
    const text = Array.from({ length: random.below(9) }, () => parts[random.below(7)]).join('')
    const label = `${JSON.stringify(text)}, SEED=${random.seed}`
    const bytes = utf8Length(text)
    const [native, portable] = [new Uint8Array(200), new Uint8Array(200)]
    assert.equal(writeText(native, text, 3, bytes + 4), bytes, label)
    assert.equal(portableWriteText(portable, text, 3, bytes + 4), bytes, label)
    assert.deepEqual(native, portable, label)
  }
})

test('writeText() tells text that is not ASCII, given room for one character more', () => {
  const random = seededRandom()
  const parts = ['a', 'é', '漢', '🙂', '\ud83d']
  for (let round = 0; round < 500; round++) {
    const text = Array.from({ length: 1 + random.below(9) }, () => parts[random.below(5)]).join('')
    const isAscii = utf8Length(text) === text.length
    for (const write of [writeText, portableWriteText]) {
      const written = write(new Uint8Array(100), text, 1, text.length + 4)
      assert.equal(written === text.length, isAscii, `${JSON.stringify(text)}, SEED=${random.seed}`)
    }
  }
})
