/**
 * What tasks write to each other for a join by a foreign key, where rows and the rows that they
 * name are in different partitions.
 *
 * 1. The task with a row that names another one says so to the task with that one: a subscription.
 * 2. That task answers with what it has, and again whenever that changes.
 * 3. The first task makes the result. In the meantime its row may have become another one, which
 *    has asked on its own: the answer says to which version of the row it is, and is left out.
 */

import type { Codec } from '../stores/codec.ts'
import { canonicalJson } from '../stores/store-key.ts'
import { textHash } from './text-hash.ts'

/** Its record has the foreign key. */
export interface Subscription {
  /** The key of the row that names. */
  readonly key: unknown
  /** The partition that it is in. */
  readonly partition: number
  /** That of the row; without it, it names this one no more. */
  readonly version?: number
}

/** Its record has the key of the row that names. */
export interface Answer {
  readonly partition: number
  readonly version: number
  /** The value of the row that is named; not there where that is not there. */
  readonly row?: unknown
}

/** Returns what tells a row from what it was before, whichever task asks. */
export function versionOf(value: unknown, codec: Codec): number {
  return textHash(canonicalJson(codec.pack(value)))
}
