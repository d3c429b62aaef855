/**
 * One aggregate of several streams: each value says which of them it is from, so that it is added
 * as the values of that one are, also where it is remembered first.
 */

import { plain, type Codec } from '../stores/codec.ts'
import { firstOf, folding, type Aggregation } from './aggregation.ts'
import type { Operator, OperatorContext, Processor, Receiver } from './operator.ts'

interface Gathered {
  /** The number of the stream. */
  readonly input: number
  readonly value: unknown
}

export interface GatheringParts {
  readonly initial: unknown
  /** One for each stream. */
  readonly adds: readonly Aggregation['add'][]
  readonly merge?: Aggregation['add'] | undefined
}

/** Returns how values of several streams become one. */
export function gathering({ initial, adds, merge }: GatheringParts): Aggregation {
  const add: Aggregation['add'] = (aggregate, gathered, key) => {
    const { input, value } = gathered as Gathered
    return adds[input]!(aggregate, value, key)
  }
  const folded = folding({ initial, add, merge })
  const first: Aggregation['first'] = (gathered, key) =>
    firstOf((gathered as Gathered).value, folded.first(gathered, key))
  return { ...folded, first }
}

/** Returns the codec of values that say which stream they are from, by those of the streams. */
export function gatheredCodec(codecs: readonly Codec[]): Codec {
  if (codecs.every((codec) => codec === plain)) return plain
  const each =
    (direction: 'pack' | 'unpack') =>
    (gathered: unknown): Gathered => {
      const { input, value } = gathered as Gathered
      return { input, value: codecs[input]![direction](value) }
    }
  return { pack: each('pack'), unpack: each('unpack') }
}

/** Returns the aggregate that `make` makes, with as many inputs; one of one stream as it is. */
export function gathered(
  inputCount: number,
  context: OperatorContext,
  make: (context: OperatorContext) => Processor,
): Operator {
  if (inputCount === 1) return make(context)
  const aggregate = make({
    drop: (reason, key, value, timestamp) => {
      context.drop(reason, key, (value as Gathered).value, timestamp)
    },
    isSkipped: context.isSkipped,
    late: (record) => context.late({ ...record, value: (record.value as Gathered).value }),
  })
  const inputs = Array.from({ length: inputCount }, (_, input): Receiver => ({
    receive(key, value, timestamp) {
      if (value === null || value === undefined) {
        return context.drop('no value', key, value, timestamp)
      }
      aggregate.receive(key, { input, value }, timestamp, undefined)
    },
  }))
  return Object.assign(aggregate, { inputs })
}
