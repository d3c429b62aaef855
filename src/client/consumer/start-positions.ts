/** Where a consumer begins: a place that was sought, else the group's commit, else the policy. */

import type { Cluster } from '../cluster/cluster.ts'
import { keyOf, lookUpOffsets } from '../cluster/offset-lookup.ts'
import type { Isolation, OffsetQuery, TopicPartition } from '../cluster/offset-lookup.ts'
import type { ConsumerGroup } from '../group/consumer-group.ts'
import { Offset } from '../record/offset.ts'

/** A partition that is to be read. */
export interface StartPlace extends TopicPartition {
  /** Where it is known of which topic: another one may get its name. */
  readonly topicId?: string
}

export interface StartPosition extends StartPlace {
  /** -1 where it can only be found out once somebody leads the partition. */
  readonly position: number
  /** Whether the program chose it, the group had committed it, or neither. */
  readonly origin: 'sought' | 'committed' | 'policy'
}

export interface PositionConfig {
  readonly offset: Offset
  readonly isolation: Isolation
  /** Whether a place in a partition that nobody leads is -1. @default false */
  readonly mayLack?: boolean | undefined
}

interface StartQuery {
  readonly partitions: readonly StartPlace[]
  /** The group whose commits count, if there is one. */
  readonly group: Pick<ConsumerGroup, 'committed'> | undefined
  /** By `topic/partition`. */
  readonly sought: ReadonlyMap<string, number | Offset>
  readonly config: PositionConfig
}

/**
 * Returns where to begin in each of the partitions. It waits for those that nobody leads, unless
 * some `mayLack` a position: not where one was sought, which is noted nowhere else.
 */
export async function startPositions(
  cluster: Cluster,
  { partitions, group, sought, config }: StartQuery,
  mayLack?: boolean,
): Promise<StartPosition[]> {
  const starts: StartPosition[] = []
  const unsought = partitions.filter((partition) => !sought.has(keyOf(partition)))
  const committed = group && unsought.length > 0 ? await group.committed(unsought) : []
  const offsets = new Map(committed.map((entry) => [keyOf(entry), entry.offset]))
  const queries: (OffsetQuery & StartPlace & Pick<StartPosition, 'origin'>)[] = []
  for (const place of partitions) {
    const key = keyOf(place)
    const target = sought.get(key) ?? offsets.get(key) ?? config.offset
    const origin = sought.has(key) ? 'sought' : offsets.has(key) ? 'committed' : 'policy'
    if (typeof target === 'number') starts.push({ ...place, position: target, origin })
    else queries.push({ ...place, offset: target, origin })
  }
  const lack = mayLack && queries.every(({ origin }) => origin !== 'sought')
  const found = await lookUpPositions(cluster, queries, { ...config, mayLack: lack })
  for (const { offset: _offset, ...place } of queries) {
    starts.push({ ...place, position: found.get(keyOf(place)) ?? -1 })
  }
  return starts
}

/** Returns an offset for each query: the end where no record is as young as asked for. */
export async function lookUpPositions(
  cluster: Cluster,
  queries: readonly OffsetQuery[],
  { isolation, mayLack }: PositionConfig,
): Promise<Map<string, number>> {
  if (queries.length === 0) return new Map()
  const found = await lookUpOffsets(cluster, queries, { isolation, mayLack })
  const tooYoung = found
    .filter(({ offset }) => offset < 0)
    .map(({ topic, partition }) => ({ topic, partition, offset: Offset.latest }))
  const ends = tooYoung.length ? await lookUpOffsets(cluster, tooYoung, { isolation, mayLack }) : []
  return new Map([...found, ...ends].map((entry) => [keyOf(entry), entry.offset]))
}
