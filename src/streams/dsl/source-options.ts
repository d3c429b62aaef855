/** What can be said of a topic that is read, as a stream or as a table. */

import type { Duration } from '../../client/duration.ts'
import { toSerde, type SerdeInput } from '../../client/serde.ts'
import type { Serdes } from '../operators/task-context.ts'
import type { NamedOptions } from './origin.ts'

/** How the bytes of a topic are read. */
export interface SourceOptions<Value = unknown, Key = unknown> extends NamedOptions {
  /** How bytes become values: a serde, its name, or a Standard Schema. @default 'json' */
  readonly value?: SerdeInput<Value>
  /** How bytes become keys. @default 'string' */
  readonly key?: SerdeInput<Key>
}

/** How the bytes of a topic are read, and how far back its rows are known. */
export interface TableOptions<Value = unknown, Key = unknown> extends SourceOptions<Value, Key> {
  /**
   * How far back the table knows what it was. With it, records are looked up as of their time, and
   * rows that come late change nothing downstream.
   *
   * @default not at all
   */
  readonly history?: Duration
}

export function serdesOf<Value, Key>({ key, value }: SourceOptions<Value, Key>): Serdes {
  return { key: toSerde(key ?? 'string'), value: toSerde(value ?? 'json') }
}
