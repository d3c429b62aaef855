/** What `Admin` tells of the cluster itself. */

import { describeCluster as describeClusterApi } from '../protocol/describe-cluster.ts'
import type { Cluster } from './cluster.ts'
import { throwIfError } from './admin-errors.ts'
import type { OperationOptions } from './kafka-options.ts'

export interface ClusterDescription {
  readonly id: string
  /** The broker to which changes of topics are sent; -1 while there is none. */
  readonly controller: number
  readonly brokers: readonly BrokerDescription[]
}

export interface BrokerDescription {
  readonly id: number
  readonly host: string
  readonly port: number
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
