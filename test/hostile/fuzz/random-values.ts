/** Values for the fields of a request, made by walking its table. */

import {
  boolean,
  bytes,
  clampedInt64,
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
} from '../../../src/protocol/codec.ts'
import { float64 } from '../../../src/protocol/float64.ts'
import type { SeededRandom } from '../../support/random.ts'
import { sampleOf } from '../../support/codec-samples.ts'
import { randomRecords } from './batches.ts'
import { meaningful, subjectOf, type Knowledge } from './known-values.ts'

export interface Recipe {
  readonly random: SeededRandom
  readonly known: Knowledge
  readonly encoding: Encoding
  /** Of a hundred values, how many mean nothing. */
  readonly strangePercent: number
  /** Items of an array are this many at most. */
  readonly arrayMax: number
  /** What all arrays and records together may still have. */
  readonly budget: { items: number; bytes: number }
}

interface Place {
  readonly name: string
  readonly parent: string
}

/** Returns a value that can be written with `codec`. */
export function valueFor(codec: AnyCodec, recipe: Recipe, place: Place): unknown {
  const { parts } = codec
  const { random, encoding } = recipe
  switch (parts?.kind) {
    case undefined:
      return plainValue(codec, recipe, place)
    case 'struct':
      return Object.fromEntries(
        Object.entries(parts.fields).map(([name, field]) => [
          name,
          valueFor(field, recipe, { name, parent: place.name }),
        ]),
      )
    case 'array': {
      if (parts.isNullable && random.below(6) === 0) return null
      const wanted = random.below(12) === 0 ? 0 : 1 + random.below(recipe.arrayMax)
      const length = Math.max(0, Math.min(wanted, recipe.budget.items))
      recipe.budget.items -= length
      return Array.from({ length }, () => valueFor(parts.item, recipe, place))
    }
    case 'nullable': {
      const mayBeNull = encoding.version >= parts.min
      if (mayBeNull && random.below(6) === 0) return null
      return valueFor(parts.item, recipe, place) ?? (mayBeNull ? null : '')
    }
    case 'versions': {
      const { absent, tag } = codec as OptionalField<unknown>
      const { min, max } = parts.range
      const isLeftOut = tag !== undefined && (!encoding.flexible || random.below(4) > 0)
      if (isLeftOut || encoding.version < min || encoding.version > max) return absent
      return valueFor(parts.item, recipe, place)
    }
  }
}

const integers = new Map<unknown, readonly [min: number, max: number]>([
  [int8, [-128, 127]],
  [int16, [-32_768, 32_767]],
  [uint16, [0, 65_535]],
  [int32, [-(2 ** 31), 2 ** 31 - 1]],
  [int64, [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER]],
  [clampedInt64, [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER]],
])

/** What a client may ask to wait for; the fuzzer has not that much time. */
const waits: ReadonlySet<string> = new Set([
  'maxWaitMs',
  'rebalanceTimeoutMs',
  'sessionTimeoutMs',
  'timeoutMs',
])
const waitMaxMs = 6000

const strangeTexts = [
  '',
  '.',
  '..',
  '../../etc/passwd',
  'a\0b',
  'a\r\nb',
  '\u001b[31m',
  '__proto__',
  'constructor',
  'größe🙂',
  '__cluster_metadata',
  'x'.repeat(249),
  'x'.repeat(250),
  'x'.repeat(32_767),
]

function plainValue(codec: AnyCodec, recipe: Recipe, { name, parent }: Place): unknown {
  const { random, known } = recipe
  const isStrange = random.below(100) < recipe.strangePercent
  if (codec === (records as AnyCodec)) {
    const value = recipe.budget.bytes > 0 ? randomRecords(random, known) : null
    recipe.budget.bytes -= value?.length ?? 0
    return value
  }
  if (codec === (bytes as AnyCodec) || codec === (nullableBytes as AnyCodec)) {
    return isStrange ? random.bytes(random.below(2000)) : bytesFor(name, random)
  }
  const meaning = isStrange ? undefined : meaningful(known, subjectOf(name, parent), random)
  if (codec === (boolean as AnyCodec)) return random.below(2) === 1
  const range = integers.get(codec)
  if (range) {
    const value = integerFor(range, meaning, random)
    return waits.has(name) ? Math.min(value, waitMaxMs) : value
  }
  if (codec === (string as AnyCodec) || codec === (nullableString as AnyCodec)) {
    const text = textFor(meaning, random) ?? (codec === (string as AnyCodec) ? '' : null)
    recipe.budget.bytes -= text?.length ?? 0
    return recipe.budget.bytes > 0 || text === null ? text : ''
  }
  if (codec === (uuid as AnyCodec) && typeof meaning === 'string') return meaning
  if (codec === (float64 as AnyCodec)) {
    return random.pick([0, -1, 1, 1e6, NaN, Infinity, -Infinity, 5e-324, 1e308])
  }
  return sampleOf(codec, random, recipe.encoding)
}

function integerFor(
  [min, max]: readonly [number, number],
  meaning: unknown,
  random: SeededRandom,
): number {
  if (typeof meaning === 'number' && meaning >= min && meaning <= max) return meaning
  return random.pick([0, 1, 2, -1 < min ? 0 : -1, min, max, max - 1, min + random.below(max - min)])
}

function textFor(meaning: unknown, random: SeededRandom): string | null {
  if (typeof meaning === 'string' || meaning === null) return meaning
  return random.pick(strangeTexts)
}

/** ConsumerProtocolSubscription and -Assignment of one topic, and first messages of SASL. */
const meaningfulBytes: Readonly<Record<string, readonly string[]>> = {
  metadata: ['0001' + '00000001' + '0002' + '7431' + 'ffffffff' + '00000000'],
  assignment: ['0001' + '00000001' + '0002' + '7431' + '00000001' + '00000000' + 'ffffffff'],
  authBytes: [
    Buffer.from('\0u1\0secret').toString('hex'),
    Buffer.from('n,,n=u1,r=fyko+d2lbbFgONRv9qkxdawL').toString('hex'),
    Buffer.from('c=biws,r=fyko+d2lbbFgONRv9qkxdawL,p=dHk=').toString('hex'),
  ],
}

function bytesFor(name: string, random: SeededRandom): Uint8Array {
  const choices = meaningfulBytes[name]
  if (choices) return new Uint8Array(Buffer.from(random.pick(choices), 'hex'))
  return random.bytes(random.below(40))
}
