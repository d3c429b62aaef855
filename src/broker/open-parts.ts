/** Puts the parts of a broker together, from the records that its state logs replay. */

import type { LogManager } from '../log/log-manager.ts'
import type { Codecs } from '../record/compression.ts'
import type { Clock, Logger, Random } from '../runtime/runtime.ts'
import type { ResolvedBrokerOptions } from './broker-options.ts'
import { openClusterState, type ClusterState } from './cluster-state.ts'
import { GroupCoordinator } from './groups/group-coordinator.ts'
import { advertisedApis } from './handlers.ts'
import { openClusterMetadata, openConsumerOffsets, openTransactionState } from './internal-logs.ts'
import type { ProducerIds } from './producer-ids.ts'
import { RequestQuotas } from './quotas/request-quotas.ts'
import { Throttle } from './quotas/throttle.ts'
import type { BrokerParts } from './request-context.ts'
import { Authentication } from './security/authentication.ts'
import { AclAuthorizer, everythingAllowed } from './security/authorizer.ts'
import type { Sessions } from './security/session.ts'
import { StateLog } from './state-log.ts'
import { RequestStats } from './stats/request-stats.ts'
import { abortOrphans } from './transactions/orphaned-transactions.ts'
import { TransactionCoordinator } from './transactions/transaction-coordinator.ts'
import { TransactionMarkers } from './transactions/transaction-markers.ts'

/** What the parts are made of. */
export interface PartsSetup {
  readonly logs: LogManager
  readonly options: ResolvedBrokerOptions
  readonly sessions: Sessions
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly codecs: Codecs
}

export function openParts(setup: PartsSetup): BrokerParts {
  const { logs, options, sessions, clock, random, logger, codecs } = setup
  const metadataLog = openClusterMetadata(logs)
  const log = new StateLog({ log: metadataLog, clock, codecs })
  const state = openClusterState({ log, logs, options, clock, random, logger })
  const { acls, credentials, clientQuotas } = state
  const groups = openGroups(setup, state)
  const { transactions, markers } = openTransactions(setup, state, groups)
  skipKnownProducers(state.producerIds, logs, transactions)
  return {
    ...state,
    options,
    clock,
    random,
    logger,
    codecs,
    clusterId: logs.clusterId,
    metadataLog,
    groups,
    transactions,
    markers,
    authorizer:
      options.authentication === 'required'
        ? new AclAuthorizer(acls, options.superUsers)
        : everythingAllowed,
    authentication: new Authentication({ credentials, sessions, clock, random, options }),
    requestQuotas: new RequestQuotas(clientQuotas, clock),
    throttle: new Throttle(clientQuotas, clock),
    requestStats: new RequestStats(),
    apis: advertisedApis,
    waiting: new Set(),
  }
}

function openGroups(
  { logs, options, clock, random, logger, codecs }: PartsSetup,
  { topics, groupConfigs }: ClusterState,
): GroupCoordinator {
  const groups = new GroupCoordinator({
    log: openConsumerOffsets(topics, { clock, codecs, logger }),
    topics,
    clock,
    random,
    logger,
    options: options.groups,
    sessionOf: (groupId) => groupConfigs.sessionOf(groupId),
    retentionNow: () => logs.retentionNow(),
  })
  topics.onRemoved((topic, decided) => groups.topicRemoved(topic, decided))
  return groups
}

/** Ends what a crash left open, too. */
function openTransactions(
  { logs, options, clock, logger, codecs }: PartsSetup,
  { topics, producerIds }: ClusterState,
  groups: GroupCoordinator,
): Pick<BrokerParts, 'transactions' | 'markers'> {
  const markers = new TransactionMarkers({ topics, groups, clock })
  const transactions = new TransactionCoordinator({
    log: openTransactionState(topics, { clock, codecs, logger }),
    markers,
    newProducerId: () => producerIds.next(options.nodeId),
    clock,
    logger,
    retentionNow: () => logs.retentionNow(),
    options,
  })
  abortOrphans({ logs: logs.all(), transactions, markers, logger })
  return { transactions, markers }
}

/** A partition may have been brought from elsewhere, and the metadata may have been lost. */
function skipKnownProducers(
  producerIds: ProducerIds,
  logs: LogManager,
  transactions: TransactionCoordinator,
): void {
  for (const { log } of logs.all()) for (const id of log.producers.keys()) producerIds.skip(id)
  for (const { producerId, nextProducerId } of transactions.all()) {
    producerIds.skip(Math.max(producerId, nextProducerId))
  }
}
