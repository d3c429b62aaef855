/** What compaction must leave of each producer, so that a new start finds it again. */

import type { ProducerStates } from '../producer/producer-state.ts'

export interface LastOfProducer {
  /** Last offset of its last data batch; -1 where there is none of its latest epoch. */
  readonly lastDataOffset: number
  readonly epoch: number
}

/** Returns, by producer id, the last that a log has of each. */
export function lastOfProducers(states: ProducerStates): ReadonlyMap<number, LastOfProducer> {
  const last = new Map<number, LastOfProducer>()
  for (const [producerId, { epoch, batches }] of states.producers) {
    last.set(producerId, { lastDataOffset: batches.at(-1)?.lastOffset ?? -1, epoch })
  }
  return last
}
