/** What `Admin` tells of the cluster itself. */

import { describeCluster as describeClusterApi } from '../../protocol/describe-cluster.ts'
import type { Cluster } from '../cluster/cluster.ts'
import type { OperationOptions } from '../settings/kafka-options.ts'
import { throwIfError } from './admin-errors.ts'

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

export function describeCluster(
  cluster: Cluster,
  options: OperationOptions,
): Promise<ClusterDescription> {
  const action = 'describe the cluster'
  return cluster.run({ ...options, action, target: 'any' }, async ({ channel, signal }) => {
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
