/** What every codec must do, whatever it is made of; run by the tests of each platform. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { InvalidBatchError } from '../../src/record/batch.ts'
import type { Codecs, Compressor } from '../../src/record/compression.ts'
import { seededRandom, type SeededRandom } from './random.ts'

const MiB = 1024 * 1024

/** Around every size at which a block, a length or a search changes. */
const sizes = [0, 1, 4, 5, 12, 13, 16, 59, 60, 61, 64, 68, 255, 256, 257, 300, 4096]
const largeSizes = [32_767, 32_768, 32_769, 65_535, 65_536, 65_537, 200_001]

export function codecContract(platform: string, codecs: Codecs): void {
  for (const [name, codec] of Object.entries(codecs)) {
    const label = `${name} of ${platform}`

    test(`${label} gives back what it compressed`, async () => {
      const random = seededRandom()
      for (const size of [...sizes, ...largeSizes]) {
        for (const make of [zeros, text, repetitive, noise]) {
          const input = make(size, random)
          const before = input.slice()
          const compressed = await codec.compress(input)
          const output = await codec.decompress(compressed, size)
          const what = `${size} bytes of ${make.name}, SEED=${random.seed}`
          assert.deepEqual(input, before, `${what}: the input is not changed`)
          assert.equal(Buffer.compare(output, input), 0, what)
        }
      }
    })

    test(`${label} compresses what repeats itself`, async () => {
      const input = text(100_000, seededRandom(1))
      assert.ok((await codec.compress(input)).length < input.length / 2)
    })

    test(`${label} refuses what comes to more than maxBytes`, async () => {
      for (const size of [1, 1000, 65_536, 100_000]) {
        const compressed = await codec.compress(text(size, seededRandom(1)))
        assert.equal((await codec.decompress(compressed, size)).length, size)
        for (const maxBytes of [size - 1, Math.floor(size / 2), 0]) {
          await assertRejects(codec, compressed, { maxBytes, errorName: 'MESSAGE_TOO_LARGE' })
        }
      }
    })

    test(`${label} refuses a bomb`, async () => {
      const bomb = await codec.compress(new Uint8Array(64 * MiB))
      assert.ok(bomb.length < 4 * MiB)
      await assertRejects(codec, bomb, { maxBytes: MiB, errorName: 'MESSAGE_TOO_LARGE' })
    })

    test(`${label} refuses input that is cut off anywhere`, async () => {
      const compressed = await codec.compress(repetitive(2000, seededRandom(1)))
      const ends = Array.from(compressed, (_, length) => length)
      for (const length of ends.filter((end) => end < 40 || end % 13 === 0)) {
        const cut = compressed.subarray(0, length)
        // Xerial's framing says nowhere how many chunks there are: none is as good as one.
        if (name === 'snappy' && length === 16) continue
        await assertRejects(codec, cut, { maxBytes: MiB, errorName: 'CORRUPT_MESSAGE' })
      }
    })

    test(`${label} reads damaged input or refuses it, and stays sound`, async () => {
      const random = seededRandom()
      const original = repetitive(3000, random)
      const compressed = await codec.compress(original)
      for (let round = 0; round < 300; round++) {
        await assertHarmless(codec, mutated(compressed, random), random)
      }
      const output = await codec.decompress(compressed, MiB)
      assert.equal(Buffer.compare(output, original), 0, `SEED=${random.seed}`)
    })
  }
}

async function assertRejects(
  codec: Compressor,
  input: Uint8Array,
  expected: { readonly maxBytes: number; readonly errorName: string },
): Promise<void> {
  await assert.rejects(
    async () => codec.decompress(input, expected.maxBytes),
    (error) => error instanceof InvalidBatchError && error.errorName === expected.errorName,
    `${input.length} bytes, of which ${expected.maxBytes} may come`,
  )
}

async function assertHarmless(
  codec: Compressor,
  input: Uint8Array,
  random: SeededRandom,
): Promise<void> {
  try {
    const output = await codec.decompress(input, 5000)
    assert.ok(output.length <= 5000)
  } catch (error) {
    assert.ok(error instanceof InvalidBatchError, `${String(error)}, SEED=${random.seed}`)
  }
}

function mutated(bytes: Uint8Array, random: SeededRandom): Uint8Array {
  const copy = bytes.slice(0, random.below(10) === 0 ? random.below(bytes.length) : bytes.length)
  for (let count = random.below(4); count > 0 && copy.length > 0; count--) {
    copy[random.below(copy.length)] = random.pick([0, 0x7f, 0x80, 0xff, random.below(256)])
  }
  return copy
}

function zeros(size: number): Uint8Array {
  return new Uint8Array(size)
}

function noise(size: number, random: SeededRandom): Uint8Array {
  return random.bytes(size)
}

function text(size: number, random: SeededRandom): Uint8Array {
  let line = ''
  while (line.length < size)
    line += `{"id":${random.below(1e6)},"user":"user-${random.below(50)}"}\n`
  return new TextEncoder().encode(line.slice(0, size))
}

/** Noise, and repeats of it from every distance and of every length. */
function repetitive(size: number, random: SeededRandom): Uint8Array {
  const bytes = new Uint8Array(size)
  for (let position = 0; position < size;) {
    const length = Math.min(1 + random.below(random.pick([8, 70, 600])), size - position)
    if (position > 0 && random.below(2) === 0) {
      const distance = 1 + random.below(Math.min(position, 70_000))
      for (let end = position + length; position < end; position++) {
        bytes[position] = bytes[position - distance]!
      }
    } else {
      bytes.set(random.bytes(length), position)
      position += length
    }
  }
  return bytes
}
