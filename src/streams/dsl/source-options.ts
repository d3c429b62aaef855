/** What can be said of a topic that is read, as a stream or as a table. */

import type { Duration } from '../../client/failure/duration.ts'
import type { Serde, SerdeInput } from '../../client/record/serde.ts'
import type { Serdes } from '../operators/task-context.ts'
import { schemaCodec, serdeOfCodec } from '../stores/codec.ts'
import type { CarriedSerdes } from '../topology/topology-node.ts'
import { serdeOf } from './carried-options.ts'
import type { NamedOptions } from './origin.ts'

/** How the bytes of a topic are read. */
export interface SourceOptions<Value = unknown, Key = unknown> extends NamedOptions {
  /** How bytes become values: a serde, its name, or a Standard Schema. @default 'json' */
  readonly value?: SerdeInput<Value>
  /**
   * How bytes become keys. A schema says their type, too, and so does a serde, such as `bytes` of
   * the package. A name does not: with `'bytes'`, the type of the keys has to be a type argument.
   *
   * @default 'string'
   */
  readonly key?: SerdeInput<Key>
}

/** How the bytes of a topic are read, and when what they tell of happened. */
export interface StreamOptions<Value = unknown, Key = unknown> extends SourceOptions<Value, Key> {
  /**
   * Says when a record happened, as a date or in milliseconds since 1970: windows and joins go by
   * that, and what is made of the record happened then, too. `timestamp` is what the record says,
   * which counts where there is no value. What this throws fails the record, as what it gives that
   * is no time does.
   *
   * @default when the record says
   */
  readonly timestamp?: (value: Value, key: Key, timestamp: number) => Date | number
}

/** How the bytes of a topic are read, and how far back its rows are known. */
export interface TableOptions<Value = unknown, Key = unknown> extends StreamOptions<Value, Key> {
  /**
   * How far back the table knows what it was. With it, records are looked up as of their time, and
   * rows that come late change nothing downstream.
   *
   * @default not at all
   */
  readonly history?: Duration
}

export interface SourceSerdes {
  readonly serdes: Serdes
  /** How they are carried on. */
  readonly carried: CarriedSerdes
}

export function serdesOf<Value, Key>({
  key = 'string',
  value = 'json',
}: SourceOptions<Value, Key>): SourceSerdes {
  const serdes = { key: serdeOf(key), value: serdeOf(value) }
  return {
    serdes,
    carried: {
      key: key === 'string' ? undefined : carriedOf(key, serdes.key),
      value: value === 'json' ? undefined : carriedOf(value, serdes.value),
    },
  }
}

const schemaCarried = serdeOfCodec(schemaCodec)

/** What a schema makes of JSON is not what it reads. */
function carriedOf(input: SerdeInput<unknown>, serde: Serde<unknown>): Serde<unknown> | undefined {
  return isSchema(input) ? schemaCarried : serde
}

function isSchema(input: SerdeInput<unknown>): boolean {
  return typeof input === 'object' && '~standard' in input
}
