/**
 * Records that the program has: from when they are handed over until they are processed. They may
 * be processed in any order; a partition counts as processed up to the first that is not.
 */

import type { AssignedPartition } from './assigned-partition.ts'

export interface InHand {
  readonly partition: AssignedPartition
  /** The round of the partition in which it was fetched: after a seek it does not count. */
  readonly round: number
  /** The offset after the record. */
  readonly next: number
  /**
   * `apart`: it is not for the program, and will be processed by itself. `left`: nobody works on it
   * any more, and it is not processed.
   */
  readonly state: 'held' | 'apart' | 'processed' | 'left'
}

type Mutable<Type> = { -readonly [Name in keyof Type]: Type[Name] }

export class RecordsInHand {
  /** In the order in which they were handed over. */
  #records: Mutable<InHand>[] = []
  #onChange: (() => void)[] = []
  #apartCount = 0

  get count(): number {
    return this.#records.length
  }

  /** How many are apart: also those of partitions that were lost, until they are dealt with. */
  get apartCount(): number {
    return this.#apartCount
  }

  /** The record that was handed over last. */
  get last(): InHand | undefined {
    return this.#records.at(-1)
  }

  add(partition: AssignedPartition, next: number): InHand {
    const record: InHand = { partition, round: partition.round, next, state: 'held' }
    this.#records.push(record)
    return record
  }

  /** All are processed that the program has. */
  processedAll(): void {
    const records = this.#records
    if (records.every(isWithProgram)) {
      for (const record of records) noteProcessed(record)
      // Of one, as in most loops, the array keeps its memory.
      if (records.length === 1) records.pop()
      else this.#records = []
      return this.#changed()
    }
    // Whoever is processed is taken out, into another array than the one that is gone through.
    for (const record of records) {
      if (record.state === 'held') this.processed(record)
    }
  }

  /** One of them is processed. */
  processed(record: InHand): void {
    this.#settle(record, 'processed')
    const { partition } = record
    let isPrefix = true
    this.#records = this.#records.filter((other) => {
      if (other.partition !== partition || !isPrefix) return true
      // What is from before a seek does not count, though somebody may still work on it.
      if (other.round !== partition.round) return isWorkedOn(other)
      isPrefix = other.state === 'processed'
      if (isPrefix) noteProcessed(other)
      return !isPrefix
    })
  }

  setApart(record: InHand): void {
    this.#settle(record, 'apart')
  }

  /** Nobody works on `record` any more: whoever has the partition next gets it again. */
  leave(record: InHand): void {
    this.#settle(record, 'left')
    const { partition, round } = record
    // After a seek nobody gets it again, or as another.
    if (partition.round === round) return
    // Many are left in their order, so that this one is near the beginning.
    const at = this.#records.indexOf(record)
    if (at >= 0) this.#records.splice(at, 1)
  }

  /** Forgets what is there of `partition`, which is another member's from now on. */
  forget(partition: AssignedPartition): void {
    this.#records = this.#records.filter((record) => record.partition !== partition)
    this.#changed()
  }

  /** The program has none of them any more, and they are not processed. */
  leaveAll(): void {
    const held = this.#records.filter(({ state }) => state === 'held')
    for (const record of held) this.leave(record)
  }

  /** Resolves once nobody works on a record of `partitions`, or of any. */
  async whenFree(partitions?: readonly AssignedPartition[]): Promise<void> {
    const isWaitedFor = (record: InHand): boolean =>
      isWorkedOn(record) && (!partitions || partitions.includes(record.partition))
    while (this.#records.some(isWaitedFor)) {
      await new Promise<void>((resolve) => this.#onChange.push(resolve))
    }
  }

  #settle(record: Mutable<InHand>, state: InHand['state']): void {
    this.#apartCount += +(state === 'apart') - +(record.state === 'apart')
    record.state = state
    this.#changed()
  }

  #changed(): void {
    if (this.#onChange.length === 0) return
    for (const resolve of this.#onChange.splice(0)) resolve()
  }
}

/** Whether it is the program's to process, or was. */
function isWithProgram({ state }: InHand): boolean {
  return state === 'held' || state === 'processed'
}

function isWorkedOn({ state }: InHand): boolean {
  return state === 'held' || state === 'apart'
}

function noteProcessed({ partition, round, next }: InHand): void {
  if (partition.round === round) partition.processed = next
}
