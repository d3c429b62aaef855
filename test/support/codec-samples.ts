/** Random values of any message, made by walking its table. */

import {
  boolean,
  bytes,
  clampedInt64,
  errorText,
  hex64,
  int16,
  int32,
  int64,
  int8,
  nullableBytes,
  nullableString,
  records,
  string,
  uint16,
  uuid,
  type AnyCodec,
  type Encoding,
  type OptionalField,
} from '../../src/protocol/codec.ts'
import { float64 } from '../../src/protocol/float64.ts'
import { uuidFromBytes } from '../../src/bytes/uuid.ts'
import type { SeededRandom } from './random.ts'

type Sample = (random: SeededRandom) => unknown

const texts = ['', 'a', 'orders', 'größe', 'ключ', '🙂', 'x'.repeat(15), 'x'.repeat(200)]

const int64Sample: Sample = (random) =>
  random.pick([0, -1, 1, random.below(2 ** 31) * 2 ** 20, Number.MAX_SAFE_INTEGER])
const bytesSample: Sample = (random) => random.bytes(random.below(20))

function orNull(sample: Sample): Sample {
  return (random) => (random.below(4) === 0 ? null : sample(random))
}

function integerSample(bits: number, { signed }: { signed: boolean }): Sample {
  const min = signed ? -(2 ** (bits - 1)) : 0
  return (random) => random.pick([0, 1, min, min + 2 ** bits - 1, min + random.below(2 ** bits)])
}

const samples = new Map<unknown, Sample>([
  [boolean, (random) => random.below(2) === 1],
  [int8, integerSample(8, { signed: true })],
  [int16, integerSample(16, { signed: true })],
  [uint16, integerSample(16, { signed: false })],
  [int32, integerSample(32, { signed: true })],
  [int64, int64Sample],
  [clampedInt64, int64Sample],
  [hex64, (random) => Buffer.from(random.bytes(8)).toString('hex')],
  [float64, (random) => random.pick([0, -1.5, 1e300, random.number()])],
  [uuid, (random) => uuidFromBytes(random.bytes(16))],
  [string, (random) => random.pick(texts)],
  [nullableString, orNull((random) => random.pick(texts))],
  [errorText, orNull((random) => random.pick(texts))],
  [bytes, bytesSample],
  [nullableBytes, orNull(bytesSample)],
  [records, orNull((random) => random.bytes(random.pick([0, 10, 5000])))],
])

/** Returns a value that `codec` could have read in `encoding`. */
export function sampleOf(codec: AnyCodec, random: SeededRandom, encoding: Encoding): unknown {
  const { parts } = codec
  switch (parts?.kind) {
    case undefined:
      return primitiveSample(codec, random)
    case 'struct':
      return Object.fromEntries(
        Object.entries(parts.fields).map(([name, field]) => [
          name,
          sampleOf(field, random, encoding),
        ]),
      )
    case 'array':
      if (parts.isNullable && random.below(4) === 0) return null
      return Array.from({ length: random.below(4) }, () => sampleOf(parts.item, random, encoding))
    case 'nullable':
      return nullableSample(parts, random, encoding)
    case 'versions': {
      const { absent, tag } = codec as OptionalField<unknown>
      const { min, max } = parts.range
      const isLeftOut = tag !== undefined && (!encoding.flexible || random.below(2) === 0)
      if (isLeftOut || encoding.version < min || encoding.version > max) return absent
      return sampleOf(parts.item, random, encoding)
    }
  }
}

function primitiveSample(codec: AnyCodec, random: SeededRandom): unknown {
  const sample = samples.get(codec)
  if (!sample) throw new Error('a codec without parts is not in the list of samples')
  return sample(random)
}

function nullableSample(
  { item, min }: { item: AnyCodec; min: number },
  random: SeededRandom,
  encoding: Encoding,
): unknown {
  if (encoding.version >= min) {
    return random.below(4) === 0 ? null : sampleOf(item, random, encoding)
  }
  for (;;) {
    const value = sampleOf(item, random, encoding)
    if (value !== null) return value
  }
}
