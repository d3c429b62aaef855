/**
 * Where what `Admin` does is. Pages name each module that they may load by a hash, so that all they
 * have of administration at first is this one's; what it names, they load when it is wanted.
 */

import type { Cluster } from '../cluster/cluster.ts'
import type { OperationOptions } from '../settings/kafka-options.ts'

/** An operation, without the cluster that it is done to. */
type OnCluster<Operation> = Operation extends (
  cluster: Cluster,
  ...given: infer Given
) => Promise<infer Result>
  ? (...given: Given) => Promise<Result>
  : never

/** What `Admin` does to one cluster, by the names of its methods. */
export type Operations = ReturnType<typeof operationsOn>

const cluster = () => import('./admin-cluster.ts')
const configs = () => import('./admin-configs.ts')
const groups = () => import('./admin-groups.ts')
const quotas = () => import('./admin-quotas.ts')
const records = () => import('./admin-records.ts')
const replicas = () => import('./admin-replicas.ts')
const security = () => import('./admin-security.ts')
const topics = () => import('./admin-topics.ts')
const transactions = () => import('./admin-transactions.ts')

/** Returns `options` whose timeout is what is left of it, for operations of several steps. */
function withDeadline(cluster: Cluster, options: OperationOptions): OperationOptions {
  const { clock } = cluster.platform
  const endMs = clock.monotonic() + cluster.timeoutMs(options)
  return {
    ...options,
    get timeout() {
      return Math.max(0, endMs - clock.monotonic())
    },
  }
}

export function operationsOn(target: Cluster) {
  /** Returns what `load` has under `name`, which is loaded when it is called. */
  function of<Module, Name extends keyof Module>(load: () => Promise<Module>, name: Name) {
    const run = async (...given: unknown[]): Promise<unknown> => {
      const operation = (await load())[name] as (...given: unknown[]) => unknown
      const options = given.pop() as OperationOptions
      return operation(target, ...given, withDeadline(target, options))
    }
    return run as OnCluster<Module[Name]>
  }
  return {
    createTopic: of(topics, 'createTopic'),
    deleteTopic: of(topics, 'deleteTopic'),
    alterTopic: of(topics, 'alterTopic'),
    createPartitions: of(topics, 'addPartitions'),
    listTopics: of(topics, 'listTopics'),
    describeTopic: of(topics, 'describeTopic'),
    describeConfigs: of(configs, 'readConfigs'),
    alterConfigs: of(configs, 'alterConfigs'),
    deleteRecords: of(records, 'deleteRecordsBefore'),
    listOffsets: of(records, 'listOffsets'),
    listGroups: of(groups, 'listAllGroups'),
    describeGroup: of(groups, 'describeGroup'),
    resetOffsets: of(groups, 'resetOffsets'),
    deleteGroupOffsets: of(groups, 'deleteGroupOffsets'),
    deleteGroup: of(groups, 'deleteGroup'),
    describeCluster: of(cluster, 'describeCluster'),
    describeLogDirs: of(cluster, 'describeLogDirs'),
    reassignPartitions: of(replicas, 'reassignPartitions'),
    listReassignments: of(replicas, 'listReassignments'),
    electLeaders: of(replicas, 'electLeaders'),
    describeProducers: of(transactions, 'describeProducers'),
    listTransactions: of(transactions, 'listTransactions'),
    describeTransaction: of(transactions, 'describeTransaction'),
    abortTransaction: of(transactions, 'abortTransaction'),
    alterScramCredentials: of(security, 'alterScramCredentials'),
    describeScramCredentials: of(security, 'describeScramCredentials'),
    createAcls: of(security, 'createAcls'),
    describeAcls: of(security, 'describeAcls'),
    deleteAcls: of(security, 'deleteAcls'),
    alterQuotas: of(quotas, 'alterQuotas'),
    describeQuotas: of(quotas, 'describeQuotas'),
  }
}
