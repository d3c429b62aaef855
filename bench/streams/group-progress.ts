/** How far a group is with its topics, by the offsets that it has committed. */

import { listOffsets } from '../../src/protocol/list-offsets.ts'
import { offsetFetch } from '../../src/protocol/offset-fetch.ts'
import type { RawClient } from '../raw-client.ts'

/** Kafka's number for the offset after the last record. */
const latest = -1

/**
 * Returns which part of `inputCount` records of `inputs` is committed: 1 only once all other topics
 * of the group are read to their end, too.
 */
export async function groupProgress(
  client: RawClient,
  group: string,
  { inputs, inputCount }: { inputs: ReadonlySet<string>; inputCount: number },
): Promise<number> {
  const { topics } = await client.request(offsetFetch, 5, { groupId: group, topics: null })
  const asked = topics.map(({ name, partitions }) => ({
    name,
    partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, timestamp: latest })),
  }))
  const ends = await client.request(listOffsets, 1, { replicaId: -1, topics: asked })
  let done = 0
  let isBehind = false
  for (const { name, partitions } of topics) {
    const found = ends.topics.find((topic) => topic.name === name)!
    for (const { partitionIndex, committedOffset } of partitions) {
      const end = found.partitions.find((one) => one.partitionIndex === partitionIndex)!
      if (inputs.has(name)) done += Math.max(0, committedOffset)
      if (committedOffset < end.offset) isBehind = true
    }
  }
  return isBehind ? Math.min(done / inputCount, 0.999) : done / inputCount
}
