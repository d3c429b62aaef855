/**
 * Divides a segment into runs of good batches and stretches of bad bytes, for a repair. The base
 * offset of a batch is outside its CRC, how many offsets it has is not. So a batch whose place is
 * wrong is known by the one after it:
 *
 * | a batch that leaves offsets out, then one that   | then                                      |
 * | ------------------------------------------------ | ----------------------------------------- |
 * | goes on behind it                                | both are good: compaction left the gap    |
 * | goes on as if it had left none out               | the first is bad                          |
 * | lies within the gap                              | either is: both are given up              |
 * | there is none                                    | it is bad in the last segment of a log,   |
 * |                                                  | where compaction leaves no gaps           |
 */

import type { BatchHeader } from '../../record/batch.ts'
import type { Storage } from '../../storage/storage.ts'
import type { DamagedStretch } from './quarantine.ts'
import { scanFile } from './scan.ts'

/** Batches, back to back, that are as they should be. */
export interface Run {
  readonly from: number
  readonly to: number
  readonly fromOffset: number
  readonly endOffset: number
}

export interface Anatomy {
  readonly runs: readonly Run[]
  readonly damage: readonly DamagedStretch[]
  /** The offset after all that were given out for sure, to bad batches, too. */
  readonly usedUpTo: number
  /** Whether a bad stretch has whole batches, though not at their place. */
  readonly hasMisplaced: boolean
  /** Whether offsets are missing though nothing is damaged there. */
  readonly hasGaps: boolean
}

export interface SegmentPlace {
  readonly path: string
  readonly baseOffset: number
  /** The offset of the next segment, `Infinity` in the last one. */
  readonly limit: number
}

export function inspectSegment(storage: Storage, place: SegmentPlace): Anatomy {
  const file = storage.open(place.path)
  try {
    const inspector = new Inspector(place)
    let from = 0
    for (;;) {
      const stop = scanFile(file, {
        baseOffset: place.baseOffset,
        offsets: 'any',
        from: { position: from, offset: place.baseOffset },
        onBatch: (header, position) => inspector.batch(header, position),
      })
      if (!stop) break
      inspector.bad(stop.position, stop.reason)
      if (stop.validPosition === undefined) break
      from = stop.validPosition
    }
    return inspector.end(file.sizeBytes)
  } finally {
    file.close()
  }
}

/** Where bad bytes begin, and why they are bad. */
interface Fault {
  readonly position: number
  readonly reason: string
}

interface Placed extends Fault {
  /** Of the batch. */
  readonly from: number
  readonly to: number
  readonly fromOffset: number
  readonly endOffset: number
  /** How many it has. */
  readonly offsetCount: number
}

/** A batch that leaves offsets out, until the next one says whether it is where it belongs. */
interface Jump {
  readonly batch: Placed
  /** Bad bytes before it may have had the offsets. */
  readonly isExplained: boolean
  /** Bad bytes between it and the next one. */
  after: Fault | undefined
}

class Inspector {
  readonly #place: SegmentPlace
  readonly #runs: Run[] = []
  readonly #damage: DamagedStretch[] = []
  #next: number
  #jump: Jump | undefined
  /** What the next good batch ends. */
  #fault: Fault | undefined
  #hasMisplaced = false
  #hasGaps = false

  constructor(place: SegmentPlace) {
    this.#place = place
    this.#next = place.baseOffset
  }

  batch({ baseOffset, lastOffset, lastOffsetDelta, sizeBytes }: BatchHeader, from: number): void {
    const { limit } = this.#place
    const offsetCount = lastOffsetDelta + 1
    const least = this.#next + (this.#jump?.batch.offsetCount ?? 0)
    const isBeyond = lastOffset >= limit
    const reason = isBeyond
      ? `offsets from ${limit} on, which are in the next segment`
      : `offset ${baseOffset}, where ${least} comes next`
    if (isBeyond || baseOffset < least) {
      this.#hasMisplaced = true
      const isAfterGood = !this.#jump && !this.#fault
      this.bad(from, reason)
      // It is whole, so that it had as many offsets as it says. In bad bytes it may be anything.
      if (isAfterGood) this.#next += offsetCount
      return
    }
    const range = { from, to: from + sizeBytes, fromOffset: baseOffset }
    const batch = { ...range, position: from, reason, endOffset: lastOffset + 1, offsetCount }
    if (this.#jump && baseOffset < this.#jump.batch.endOffset) {
      this.#giveUpJump(this.#jump)
      if (baseOffset !== this.#next) {
        this.#next += offsetCount
        return this.bad(from, reason)
      }
    } else if (this.#jump) this.#takeJump(this.#jump)
    if (baseOffset === this.#next) return this.#take(batch)
    this.#jump = { batch, isExplained: this.#fault !== undefined, after: undefined }
  }

  /** Takes bytes that are no batch, or none that can be where it is. */
  bad(position: number, reason: string): void {
    if (this.#jump) this.#jump.after ??= { position, reason }
    else this.#fault ??= { position, reason }
  }

  end(sizeBytes: number): Anatomy {
    if (this.#jump) {
      const isGood = this.#jump.isExplained || this.#place.limit !== Infinity
      if (isGood) this.#takeJump(this.#jump)
      else this.#giveUpJump(this.#jump)
    }
    if (this.#fault) this.#endFault(sizeBytes, undefined)
    return {
      runs: this.#runs,
      damage: this.#damage,
      usedUpTo: this.#next,
      hasMisplaced: this.#hasMisplaced,
      hasGaps: this.#hasGaps,
    }
  }

  #takeJump({ batch, isExplained, after }: Jump): void {
    this.#jump = undefined
    if (!isExplained) this.#hasGaps = true
    this.#take(batch)
    this.#fault = after
  }

  #giveUpJump({ batch }: Jump): void {
    this.#jump = undefined
    this.#hasMisplaced = true
    this.bad(batch.position, batch.reason)
    this.#next += batch.offsetCount
  }

  #take({ from, to, fromOffset, endOffset }: Placed): void {
    const before = this.#runs.at(-1)
    if (this.#fault || !before) {
      if (this.#fault) this.#endFault(from, fromOffset)
      this.#runs.push({ from, to, fromOffset, endOffset })
    } else this.#runs[this.#runs.length - 1] = { ...before, to, endOffset }
    this.#next = endOffset
  }

  #endFault(to: number, toOffset: number | undefined): void {
    const { path, baseOffset } = this.#place
    const { position: from, reason } = this.#fault!
    const fromOffset = this.#runs.at(-1)?.endOffset ?? baseOffset
    this.#damage.push({ path, from, to, fromOffset, toOffset, reason })
    this.#fault = undefined
  }
}
