/** How a consumer is doing, for programs that show it or watch over it. */

import type { AssignedPartition } from './assigned-partition.ts'

/**
 * - `connecting`: it has no partitions yet, or has lost them, or nothing was fetched.
 * - `live`: it has fetched all that there is, of all of its partitions.
 * - `catching up`: there is more that it has not fetched.
 * - `degraded`: what was last tried has failed, and is tried again.
 * - `closed`: no more will come.
 */
export type ConsumerStatus = 'connecting' | 'live' | 'catching up' | 'degraded' | 'closed'

export interface StatusFacts {
  readonly isClosed: boolean
  /** Whether it has had what its group, if there is one, has given it. */
  readonly isSettled: boolean
  /** Whether there is something that could not be fetched, or asked of the group's coordinator. */
  readonly isFailing: boolean
  readonly partitions: readonly Pick<AssignedPartition, 'position' | 'end'>[]
}

export function statusOf({
  isClosed,
  isSettled,
  isFailing,
  partitions,
}: StatusFacts): ConsumerStatus {
  if (isClosed) return 'closed'
  if (isFailing) return 'degraded'
  if (!isSettled || partitions.some(({ end }) => end === undefined)) return 'connecting'
  return partitions.every(({ position, end }) => position >= end!) ? 'live' : 'catching up'
}

/** Tells of each change of a status, once. */
export class StatusWatch {
  #current: ConsumerStatus = 'connecting'
  readonly #listeners = new Set<(status: ConsumerStatus) => void>()

  get current(): ConsumerStatus {
    return this.#current
  }

  update(facts: StatusFacts): void {
    const status = statusOf(facts)
    if (status === this.#current) return
    this.#current = status
    // In a turn of its own: what a listener throws does not harm the consumer.
    for (const listener of this.#listeners) queueMicrotask(() => listener(status))
  }

  /** Calls `listener` with each status that comes. Returns what ends that. */
  listen(listener: (status: ConsumerStatus) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }
}
