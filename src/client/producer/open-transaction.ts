/** What those who send records have to know of the transaction that they are part of. */

import type { PartitionQueue } from './accumulator.ts'

export interface OpenTransaction {
  readonly transactionalId: string
  /** From version 12 on, Produce adds partitions to the transaction by itself (KIP-890). */
  readonly produceVersions: { readonly minVersion?: number; readonly maxVersion: number }
  /**
   * Whether nothing may be sent to `queue` yet, since the coordinator has to hear of it first; when
   * it has, the sender is woken.
   */
  holds(queue: PartitionQueue): boolean
}
