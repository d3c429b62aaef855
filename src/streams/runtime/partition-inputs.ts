/**
 * The records that wait for one task, by partition: the one with the lowest timestamp comes next,
 * as far as is known here, so that what is joined is processed in the order in which it happened.
 */

import type { AssignedPartition } from '../../client/assigned-partition.ts'

export interface WaitingRecord {
  readonly offset: number
  readonly timestamp: number
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
}

/** Records of one partition that wait; more are not asked for. */
const waitingMax = 1000

export class PartitionInput {
  readonly partition: AssignedPartition
  #records: WaitingRecord[] = []
  #head = 0
  /** The offset after the last record that was processed. */
  processed: number | undefined

  constructor(partition: AssignedPartition) {
    this.partition = partition
  }

  get first(): WaitingRecord | undefined {
    return this.#records[this.#head]
  }

  get isFull(): boolean {
    return this.#records.length - this.#head >= waitingMax
  }

  /** Whether it has so little left that more should be asked for. */
  get isLow(): boolean {
    return this.#records.length - this.#head < waitingMax / 2
  }

  push(record: WaitingRecord): void {
    this.#records.push(record)
  }

  shift(): WaitingRecord | undefined {
    const record = this.#records[this.#head]
    if (!record) return undefined
    this.#head++
    if (this.#head === this.#records.length) {
      this.#records = []
      this.#head = 0
    }
    return record
  }
}

/** Returns the input whose first record is the oldest. */
export function oldest(inputs: readonly PartitionInput[]): PartitionInput | undefined {
  let found: PartitionInput | undefined
  for (const input of inputs) {
    const { first } = input
    if (first && (!found || first.timestamp < found.first!.timestamp)) found = input
  }
  return found
}
