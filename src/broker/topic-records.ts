/** What `__cluster_metadata` is told of topics, in Kafka's schemas. */

import type { MetadataRecordInput } from '../protocol/records/metadata-record.ts'
import { topicResource } from './topic-table.ts'

export interface NewPartitions {
  readonly topicId: string
  /** The first of them, and the one after the last. */
  readonly from: number
  readonly to: number
}

/** Returns the records of partitions that are led by `nodeId`, and are nowhere else. */
export function partitionRecords(
  { topicId, from, to }: NewPartitions,
  nodeId: number,
): MetadataRecordInput[] {
  const replicas = [nodeId]
  const value = {
    topicId,
    replicas,
    isr: replicas,
    removingReplicas: [],
    addingReplicas: [],
    leader: nodeId,
    leaderEpoch: 0,
    partitionEpoch: 0,
  }
  return Array.from({ length: to - from }, (_, index) => ({
    type: 'partitionRecord',
    value: { ...value, partitionId: from + index },
  }))
}

/** @param value `null` takes the config back to its default */
export function configRecord(
  resourceName: string,
  name: string,
  value: string | null,
): MetadataRecordInput {
  return { type: 'configRecord', value: { resourceType: topicResource, resourceName, name, value } }
}
