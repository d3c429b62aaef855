/** Looks whether a topic has the partitions that are to be changed, before anything is sent. */

import type { Cluster } from '../cluster/cluster.ts'
import { currentTopic } from '../cluster/offset-lookup.ts'
import { KafkaError, noSuchPartition } from '../failure/errors.ts'
import type { OperationOptions } from '../settings/kafka-options.ts'

/** @throws PartitionNotFoundError where the topic has not all of `partitions`, as it is now */
export async function checkPartitions(
  cluster: Cluster,
  { topic: name, partitions }: { readonly topic: string; readonly partitions: readonly number[] },
  options: OperationOptions,
): Promise<void> {
  // Who may not see the topic may change it all the same: whoever is asked to decides.
  const topic = await currentTopic(cluster, name, options).catch((error: unknown) => {
    if (!KafkaError.is(error) || error.code !== 'unauthorized') throw error
  })
  if (!topic) return
  for (const partition of partitions) {
    if (topic.partitions[partition]) continue
    throw noSuchPartition(name, partition, topic.partitions.length)
  }
}
