/** What two streams are joined by: how `on` becomes a key for each side, where it can. */

import { InvalidOptionError } from '../../client/failure/errors.ts'
import type { RecordFunction } from '../operators/stateless.ts'
import { equalitiesOf, type Path } from './predicate.ts'

/** Which records belong together: a test, a function for each side's key, or two properties. */
export type JoinOn<Left, Right> =
  | ((left: Left, right: Right) => boolean)
  | { readonly left: (value: Left) => unknown; readonly right: (value: Right) => unknown }
  | PropertyPair<Left, Right>

/** Properties of both sides whose values can be equal. */
type PropertyPair<Left, Right> = {
  [Name in keyof Left & string]: readonly [Name, NamesLike<Right, Left[Name]>]
}[keyof Left & string]

type NamesLike<Side, Like> = {
  [Name in keyof Side & string]: CanEqual<Side[Name], Like> extends true ? Name : never
}[keyof Side & string]

type CanEqual<One, Other> = [NonNullable<One> & NonNullable<Other>] extends [never] ? false : true

/** What `on` is, if the keys of both sides can be equal: a number is never a text. */
export type Agreeing<On> = On extends {
  readonly left: (value: never) => infer Left
  readonly right: (value: never) => infer Right
}
  ? CanEqual<Left, Right> extends true
    ? On
    : { readonly right: (value: never) => Left }
  : On

/** The key of what was joined by `on`: of a test, whatever it was read from that. */
export type JoinedKey<Value, On> = On extends {
  readonly left: (value: never) => infer Key
}
  ? NonNullable<Key>
  : On extends readonly [infer Name extends keyof Value, string]
    ? NonNullable<Value[Name]>
    : unknown

/** Keys that can be equal to others: of one type, or text where those are some texts. */
export type KeyLike<Key> =
  | Key
  | (Key extends string
      ? string
      : Key extends number
        ? number
        : Key extends boolean
          ? boolean
          : never)

/** Which row of a table belongs to a record, where it is not that with its key. */
export interface LookupOnOption<Value, Key, RowKey> {
  /** Returns the key of the row that a record names; without one there is none. */
  readonly on: (value: Value, key: Key) => KeyLike<NoInfer<RowKey>> | null | undefined
}

/** Says nothing of `on`: with it, it is another join. */
export interface WithoutOn {
  /** Not said. */
  readonly on?: undefined
}

export interface JoinKeys {
  readonly left: RecordFunction
  readonly right: RecordFunction
  /** What must hold beside the keys' being equal. */
  readonly matches?: (left: unknown, right: unknown) => boolean
  /** In words, for `describe()`. */
  readonly strategy: string
}

/** @throws InvalidOptionError where a test does not say which keys must be equal */
export function joinKeys<Left, Right>(on: JoinOn<Left, Right>, maxScan?: number): JoinKeys {
  if (typeof on === 'function') {
    return keysOfTest(on as (left: unknown, right: unknown) => boolean, maxScan)
  }
  if ('left' in on) {
    return { left: on.left as RecordFunction, right: on.right as RecordFunction, strategy: 'keys' }
  }
  const [left, right] = on
  return { left: at([[left]]), right: at([[right]]), strategy: `${left} = ${right}` }
}

/**
 * Each equality that a test cannot do without is a necessary condition: joining by it loses no
 * pair, and the whole test is asked for those that are found, so that none is too many.
 */
function keysOfTest(
  test: (left: unknown, right: unknown) => boolean,
  maxScan: number | undefined,
): JoinKeys {
  const equalities = equalitiesOf(test.toString())
  if (equalities.length === 0 && maxScan !== undefined) {
    const everything = (): string => 'all'
    return { left: everything, right: everything, matches: test, strategy: 'scan' }
  }
  if (equalities.length === 0) {
    const expected =
      'a test with an equality of a property of each side, such as ' +
      '(order, customer) => order.customerId === customer.id, or { left, right } functions; ' +
      'or `maxScan`, to ask it for each pair that is close enough in time'
    throw new InvalidOptionError({ option: 'on', expected, actual: test.toString() })
  }
  const texts = equalities.map(({ left, right }) => `${left.join('.')} = ${right.join('.')}`)
  return {
    left: at(equalities.map(({ left }) => left)),
    right: at(equalities.map(({ right }) => right)),
    matches: test,
    strategy: texts.join(' and '),
  }
}

/** Returns what reads a key: the value there, or several; `undefined` where one is missing. */
function at(paths: readonly Path[]): RecordFunction {
  const [only] = paths
  if (only && paths.length === 1) return (value) => valueAt(value, only) ?? undefined
  return (value) => {
    const parts = paths.map((path) => valueAt(value, path))
    return parts.some((part) => part === null || part === undefined) ? undefined : parts
  }
}

function valueAt(value: unknown, path: Path): unknown {
  let at = value
  for (const name of path) at = (at as Record<string, unknown> | null | undefined)?.[name]
  return at
}
