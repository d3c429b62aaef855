/**
 * Where to go on in a partition: at a place that a program seeks, or where records are still there.
 * It is loaded then.
 */

import type { Cluster } from '../cluster/cluster.ts'
import { keyOf, type TopicPartition } from '../cluster/offset-lookup.ts'
import { KafkaError } from '../failure/errors.ts'
import { Offset } from '../record/offset.ts'
import type { AssignedPartition } from './assigned-partition.ts'
import type { Fetcher } from './fetcher.ts'
import { lookUpPositions, type PositionConfig } from './start-positions.ts'

export interface ResetConfig extends PositionConfig {
  /**
   * An offset that is not in the partition. Where its records were deleted, the first one that is
   * still there comes next; `offset` is for the case that the partition ends before it.
   */
  readonly lost?: number
}

/** Returns the offset at which `config.offset` is in the partition now. */
export async function resetPosition(
  cluster: Cluster,
  { topic, partition }: TopicPartition,
  config: ResetConfig,
): Promise<number> {
  const lookUp = async (offset: Offset): Promise<number> => {
    const found = await lookUpPositions(cluster, [{ topic, partition, offset }], config)
    return found.get(keyOf({ topic, partition }))!
  }
  if (config.lost !== undefined) {
    const start = await lookUp(Offset.earliest)
    if (config.lost < start) return start
  }
  return lookUp(config.offset)
}

/**
 * Has `fetcher` go on with a partition whose records that were to be read next are gone, or where
 * to begin could not be found out before.
 */
export async function goOn(
  cluster: Cluster,
  fetcher: Fetcher,
  assigned: AssignedPartition,
  config: PositionConfig,
): Promise<void> {
  const { topic, partition, position: from, round } = assigned
  const isBeginning = from < 0
  const place = isBeginning ? config : { ...config, lost: from }
  const to = await resetPosition(cluster, assigned, place).catch((error: unknown) => {
    if (!KafkaError.is(error) || !error.retriable) throw error
    cluster.logger.debug('where to go on is not known yet', { error: error.message })
  })
  // Whoever sought meanwhile has decided.
  if (assigned.round !== round) return
  if (to === undefined) {
    // The next fetch is refused as this one was, which brings us back here.
    const backoffMs = cluster.backoffMs(++assigned.failures)
    assigned.notBeforeMs = cluster.platform.clock.monotonic() + backoffMs
    assigned.isHeld = false
    return fetcher.wake()
  }
  const facts = { topic, partition, from, to }
  if (!isBeginning) cluster.logger.warn('records that were to be read next are gone', facts)
  assigned.moveTo(to)
  // As where somebody led it from the start: see `Assignment.begin`.
  if (isBeginning && config.offset !== Offset.earliest) assigned.processed = to
  assigned.isHeld = false
  fetcher.discard(assigned)
}
