/** What `Admin` tells of the cluster itself: its brokers, and how full their disks are. */

import { describeCluster as describeClusterApi } from '../../protocol/describe-cluster.ts'
import { describeLogDirs as describeLogDirsApi } from '../../protocol/describe-log-dirs.ts'
import { errorCodes } from '../../protocol/error-codes.ts'
import { metadata } from '../../protocol/metadata.ts'
import type { Cluster } from '../cluster/cluster.ts'
import type { TopicPartition } from '../cluster/offset-lookup.ts'
import type { OperationOptions } from '../settings/kafka-options.ts'
import { throwIfError } from './admin-errors.ts'
import { askEachBroker } from './each-broker.ts'

/** What `admin.describeCluster` tells. */
export interface ClusterDescription {
  /** The id that the cluster gave itself when its storage was formatted. */
  readonly id: string
  /** The broker to which changes of topics are sent; -1 while there is none. */
  readonly controller: number
  /** Those that are there now. */
  readonly brokers: readonly BrokerDescription[]
}

/** A broker, and where clients reach it. */
export interface BrokerDescription {
  /** Its number, which replicas and leaders are named by. */
  readonly id: number
  /** The host that it tells clients to connect to. */
  readonly host: string
  /** The port that it tells clients to connect to. */
  readonly port: number
  /** Where it stands; `null` where nobody said. */
  readonly rack: string | null
}

/** A folder that a broker keeps partitions in. */
export interface LogDirDescription {
  /** The id of the broker. */
  readonly broker: number
  /** What the broker calls the folder: with Apache Kafka, where it is. */
  readonly path: string
  /** Whether its disk has failed, so that nothing in it can be had. */
  readonly isOffline: boolean
  /** The size of its disk in bytes; `null` where the broker does not say. */
  readonly totalBytes: number | null
  /** Bytes of its disk that are free; `null` where the broker does not say. */
  readonly usableBytes: number | null
  /** The partitions that are in it. */
  readonly replicas: readonly ReplicaSize[]
}

/** How much of a disk a partition takes. */
export interface ReplicaSize extends TopicPartition {
  /** Bytes of its segments, compressed as they are. */
  readonly sizeBytes: number
  /** Records that it is behind: the partition's leader, or the folder that it is moved from. */
  readonly offsetLag: number
  /** Whether it is being moved here from another folder of the broker. */
  readonly isFuture: boolean
}

/** Version 13 adds an error that DescribeCluster would tell. */
const metadataMaxVersion = 12

export function describeCluster(
  cluster: Cluster,
  options: OperationOptions,
): Promise<ClusterDescription> {
  const action = 'describe the cluster'
  return cluster.run({ ...options, action, target: 'any' }, async ({ channel, signal }) => {
    // Apache Kafka before 2.8, and some services, tell it with the metadata of topics.
    if (!channel.supports(describeClusterApi)) {
      const limits = { signal, maxVersion: metadataMaxVersion }
      const found = await channel.request(metadata, { topics: [] }, limits)
      const brokers = found.brokers.map(({ nodeId: id, host, port, rack }) => {
        return { id, host, port, rack }
      })
      return { id: found.clusterId ?? '', controller: found.controllerId, brokers }
    }
    const answer = await channel.request(describeClusterApi, {}, { signal })
    throwIfError(action, answer)
    const brokers = answer.brokers.map(({ brokerId, host, port, rack }) => ({
      id: brokerId,
      host,
      port,
      rack,
    }))
    return { id: answer.clusterId, controller: answer.controllerId, brokers }
  })
}

export async function describeLogDirs(
  cluster: Cluster,
  options: OperationOptions,
): Promise<LogDirDescription[]> {
  const action = 'describe log directories'
  return cluster.run({ ...options, action, target: 'any' }, async (attempt) => {
    const { signal } = attempt
    const ofBrokers = await askEachBroker(cluster, attempt, async (channel, broker) => {
      const answer = await channel.request(describeLogDirsApi, {}, { signal })
      throwIfError(action, answer)
      return answer.results.map(({ errorCode, logDir: path, topics, ...disk }) => {
        const isOffline = errorCode === errorCodes.KAFKA_STORAGE_ERROR
        if (!isOffline) throwIfError(`${action} of broker ${broker}`, { errorCode })
        const totalBytes = known(disk.totalBytes)
        const usableBytes = known(disk.usableBytes)
        return { broker, path, isOffline, totalBytes, usableBytes, replicas: topics.flatMap(sizes) }
      })
    })
    return ofBrokers.flat().sort((a, b) => a.broker - b.broker)
  })
}

type TopicSizes = ReturnType<
  typeof describeLogDirsApi.response.read
>['results'][number]['topics'][number]

function sizes({ name: topic, partitions }: TopicSizes): ReplicaSize[] {
  return partitions.map((found) => ({
    topic,
    partition: found.partitionIndex,
    sizeBytes: found.partitionSize,
    offsetLag: found.offsetLag,
    isFuture: found.isFutureKey,
  }))
}

/** Brokers say -1 for what they do not know. */
function known(value: number): number | null {
  return value < 0 ? null : value
}
