import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sampleOf } from '../../test/support/codec-samples.ts'
import { encode } from '../../test/support/encode.ts'
import { seededRandom } from '../../test/support/random.ts'
import { ByteReader, MalformedBytesError } from '../bytes/reader.ts'
import { encodingOf, readWhole } from './api.ts'
import type { Codec, Encoding } from './codec.ts'
import { apiByKey, apis } from './registry.ts'

interface Message {
  readonly codec: Codec<unknown>
  readonly encoding: Encoding
  readonly label: string
}

/** Requests and responses of all APIs, in all their versions. */
const messages: readonly Message[] = apis.flatMap((api) => {
  const { min, max } = api.versions
  return Array.from({ length: max - min + 1 }, (_, index) => min + index).flatMap((version) => {
    const encoding = encodingOf(api, version)
    return [
      { codec: api.request, encoding, label: `${api.name} v${version} request` },
      { codec: api.response, encoding, label: `${api.name} v${version} response` },
    ]
  })
})

test('apiByKey() finds each API, and nothing else', () => {
  for (const api of apis) assert.equal(apiByKey(api.key), api)
  for (const key of [-1, 4, 999]) assert.equal(apiByKey(key), undefined)
})

test('apis are in the order of their keys, each once', () => {
  const keys = apis.map(({ key }) => key)
  assert.deepEqual(
    keys,
    [...new Set(keys)].sort((a, b) => a - b),
  )
})

test('every message survives a round trip in each version', () => {
  const random = seededRandom()
  for (const { codec, encoding, label } of messages) {
    for (let round = 0; round < 5; round++) {
      const value = sampleOf(codec, random, encoding)
      const bytes = encode(codec, value, encoding)
      const decoded = readWhole(codec, new ByteReader(bytes), encoding)
      assert.deepEqual(decoded, value, `${label}, SEED=${random.seed}`)
    }
  }
})

test('every message refuses truncations', () => {
  const random = seededRandom()
  for (const { codec, encoding, label } of messages) {
    const whole = encode(codec, sampleOf(codec, random, encoding), encoding)
    // All lengths of a short message, some of a long one.
    const step = Math.ceil(whole.length / 200)
    for (let length = 0; length < whole.length; length += step) {
      const cut = whole.subarray(0, length)
      assert.throws(
        () => codec.read(new ByteReader(cut), encoding),
        MalformedBytesError,
        `${label} cut to ${length} bytes, SEED=${random.seed}`,
      )
    }
  }
})

test('every message reads any bytes as a value, or refuses them as malformed', () => {
  const random = seededRandom()
  for (const { codec, encoding, label } of messages) {
    for (let round = 0; round < 40; round++) {
      const bytes =
        round < 10
          ? random.bytes(random.below(60))
          : mutated(encode(codec, sampleOf(codec, random, encoding), encoding), random)
      try {
        codec.read(new ByteReader(bytes), encoding)
      } catch (error) {
        const hex = Buffer.from(bytes).toString('hex')
        const isOurs = error instanceof MalformedBytesError
        assert.ok(isOurs, `${label}: ${String(error)} for ${hex}, SEED=${random.seed}`)
      }
    }
  }
})

/** Returns a copy of `bytes` in which one to three are others; 0 and 0xff are likely. */
function mutated(bytes: Uint8Array, random: ReturnType<typeof seededRandom>): Uint8Array {
  const copy = bytes.slice()
  for (let count = 1 + random.below(3); count > 0 && copy.length > 0; count--) {
    copy[random.below(copy.length)] = random.pick([0, 0x7f, 0x80, 0xff, random.below(256)])
  }
  return copy
}
