/** How values become one: the three ways that there are, as operators use them. */

import { InvalidOptionError } from '../../client/failure/errors.ts'
import { copyOf, schemaCodec } from '../stores/codec.ts'

export interface Aggregation {
  /** Returns what a first value alone comes to. */
  first(value: unknown, key: unknown): unknown
  /** Returns `undefined` or `null` where nothing is to be left. */
  add(aggregate: unknown, value: unknown, key: unknown): unknown
  /** Returns two in one, as sessions need it that grow together; the first is the earlier. */
  merge?(first: unknown, second: unknown, key: unknown): unknown
  /** Takes a value out again, as tables need it whose rows change. */
  subtract?(aggregate: unknown, value: unknown, key: unknown): unknown
}

export const counting: Aggregation = Object.freeze({
  first: () => 1,
  add: (count: unknown) => (count as number) + 1,
  merge: (first: unknown, second: unknown) => (first as number) + (second as number),
  subtract: (count: unknown) => (count as number) - 1,
})

type Reducer = Aggregation['add']

/** The first value is the first aggregate. */
export function reducing(reducer: Reducer): Aggregation {
  return { first: (value) => firstOf(value, value), add: reducer, merge: reducer }
}

/** Where a value itself is the first aggregate, that is a copy: it is that of several windows. */
export function firstOf(value: unknown, aggregate: unknown): unknown {
  return aggregate === value ? copyOf(value, schemaCodec) : aggregate
}

export interface FoldingParts {
  readonly initial: unknown
  readonly add: Reducer
  readonly merge?: Reducer | undefined
  readonly subtract?: Reducer | undefined
}

/** Begins with `initial`: a value, of which each key has its own copy, or what makes one. */
export function folding({ initial, add, merge, subtract }: FoldingParts): Aggregation {
  const begin = beginning(initial)
  return {
    first: (value, key) => firstOf(value, add(begin(), value, key)),
    add,
    ...(merge ? { merge } : {}),
    ...(subtract ? { subtract } : {}),
  }
}

function beginning(initial: unknown): () => unknown {
  if (typeof initial === 'function') return initial as () => unknown
  if (typeof initial !== 'object' || initial === null) return () => initial
  const copy = (): unknown => structuredClone(initial)
  // A copy of an object of a class of the program's has none of its methods.
  if (Object.getPrototypeOf(copy()) !== Object.getPrototypeOf(initial)) {
    const expected = 'a function that makes it, where it is an object of a class'
    throw new InvalidOptionError({ option: 'initial', expected, actual: initial })
  }
  return copy
}
