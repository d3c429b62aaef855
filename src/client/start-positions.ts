/** Where a consumer begins: a place that was sought, else the group's commit, else the policy. */

import type { Cluster } from './cluster.ts'
import { KafkaError } from './errors.ts'
import { fetchOffsets, type GroupOffset } from './group-offsets.ts'
import type { CommitIdentity } from './offset-committer.ts'
import { lookUpOffsets, type Isolation, type TopicPartition } from './offset-lookup.ts'
import { Offset } from './offset.ts'

export interface StartPosition extends TopicPartition {
  readonly position: number
  /** Whether the program chose it, the group had committed it, or neither. */
  readonly origin: 'sought' | 'committed' | 'policy'
}

interface PositionConfig {
  readonly offset: Offset
  readonly isolation: Isolation
}

interface StartQuery {
  readonly partitions: readonly TopicPartition[]
  /** Whose commits count; none without a group. */
  readonly identity: CommitIdentity | undefined
  /** By `topic/partition`. */
  readonly sought: ReadonlyMap<string, number | Offset>
  readonly config: PositionConfig
}

/** An epoch may grow while we ask; hardly ever several times in a row. */
const staleAttempts = 4

/** Returns where to begin in each of the partitions. */
export async function startPositions(
  cluster: Cluster,
  { partitions, identity, sought, config }: StartQuery,
): Promise<StartPosition[]> {
  const targetOf = ({ topic, partition }: TopicPartition) => sought.get(`${topic}/${partition}`)
  const unsought = partitions.filter((partition) => targetOf(partition) === undefined)
  const committed =
    identity && unsought.length > 0
      ? await committedOffsets(cluster, identity, unsought, config)
      : []
  return Promise.all(
    partitions.map(async ({ topic, partition }) => {
      const place = { topic, partition }
      const target = targetOf(place)
      if (typeof target === 'number') return { ...place, position: target, origin: 'sought' }
      const found = committed.find(
        (entry) => entry.topic === topic && entry.partition === partition,
      )
      if (found) return { ...place, position: found.offset, origin: 'committed' }
      const position = await resetPosition(cluster, place, target ?? config.offset, config)
      return { ...place, position, origin: target === undefined ? 'policy' : 'sought' }
    }),
  )
}

async function committedOffsets(
  cluster: Cluster,
  identity: CommitIdentity,
  partitions: readonly TopicPartition[],
  { isolation }: PositionConfig,
): Promise<GroupOffset[]> {
  const requireStable = isolation === 'read_committed'
  for (let attempt = 1; ; attempt++) {
    try {
      return await fetchOffsets(cluster, identity.current()!, { partitions, requireStable })
    } catch (error) {
      const isStale = KafkaError.is(error) && error.kafkaName === 'STALE_MEMBER_EPOCH'
      if (!isStale || attempt === staleAttempts) throw error
      await identity.renewed()
    }
  }
}

/**
 * Returns the offset that `target` stands for. With `lost`, an offset that is not in the partition,
 * it is the first record that is still there where that was deleted: `target` is for the case that
 * the partition ends before it.
 */
export async function resetPosition(
  cluster: Cluster,
  place: TopicPartition,
  target: Offset,
  { isolation }: PositionConfig,
  lost?: number,
): Promise<number> {
  const lookUp = async (offset: Offset): Promise<number> => {
    const [found] = await lookUpOffsets(cluster, [{ ...place, offset }], { isolation })
    return found!.offset
  }
  if (lost !== undefined) {
    const start = await lookUp(Offset.earliest)
    if (lost < start) return start
  }
  const offset = await lookUp(target)
  // No record is as young as that: begin with the next one.
  return offset >= 0 ? offset : lookUp(Offset.latest)
}
