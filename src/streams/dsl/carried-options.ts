/** What can be said of how keys and values are bytes on their way: in topics of the application. */

import { toSerde, type Serde, type SerdeInput } from '../../client/record/serde.ts'
import type { HandlerRetryOptions } from '../../client/consumer/process-options.ts'
import type { Duration } from '../../client/failure/duration.ts'
import type { AsyncOrder } from '../operators/map-async.ts'
import type { CarriedSerdes } from '../topology/topology-node.ts'
import type { NamedOptions } from './origin.ts'

/** How keys are bytes in topics of the application: what is moved, and what is remembered. */
export interface CarriedKey<Key = unknown> {
  /** Needed where JSON does not give them back. @default as they were read, or JSON for others */
  readonly key?: SerdeInput<Key>
}

/** How values are bytes in topics of the application: what is moved, and what is remembered. */
export interface CarriedValue<Value = unknown> {
  /** Needed where JSON does not give them back. @default as they were read, or JSON for others */
  readonly value?: SerdeInput<Value>
}

/** How keys and values are bytes in topics of the application. */
export interface CarriedOptions<Value = unknown, Key = unknown>
  extends CarriedValue<Value>, CarriedKey<Key> {}

/** The options of a step that makes other values. */
export interface MapOptions<Mapped = unknown> extends NamedOptions, CarriedValue<Mapped> {}

/** The options of a step that makes other keys. */
export interface KeyOptions<Key = unknown> extends NamedOptions, CarriedKey<Key> {}

/** The options of `mapAsync`. */
export interface MapAsyncOptions<Mapped = unknown> extends MapOptions<Mapped> {
  /** How many records are worked on at once. @default 16 */
  readonly concurrency?: number
  /** Which results stay in the order of their records. @default 'key', those of one key */
  readonly ordered?: AsyncOrder
  /** How a record is tried again whose function failed, with whatever error. @default not at all */
  readonly retry?: HandlerRetryOptions
  /** How long one attempt may take; a function that does not end then runs on. @default none */
  readonly timeout?: Duration
}

/** The options of what makes one result of many values. */
export interface AggregateOptions<Result = unknown> extends NamedOptions, CarriedValue<Result> {}

/** What a program may have said, or not. */
interface CarriedInputs {
  readonly key?: SerdeInput<unknown> | undefined
  readonly value?: SerdeInput<unknown> | undefined
}

/** Returns what the program says of its bytes, for the plan. */
export function carriedBy({ key, value }: CarriedInputs): CarriedSerdes {
  return { key: key && serdeOf(key), value: value && serdeOf(value) }
}

/** One schema has one serde, so that what is read in the same way is known to be. */
const serdes = new WeakMap<object, Serde<unknown>>()

/** Returns the serde that `input` stands for: the same one for the same. */
export function serdeOf(input: SerdeInput<unknown>): Serde<unknown> {
  if (typeof input === 'string') return toSerde(input)
  const known = serdes.get(input) ?? toSerde<unknown>(input)
  serdes.set(input, known)
  return known
}
