/** What a handler is given: the request's circumstances, and the parts of the broker. */

import type { Peer } from '../connection/request-handler.ts'
import type { PartitionLog } from '../log/partition-log.ts'
import type { RequestOf, ResponseInputOf } from '../protocol/api.ts'
import type { Codecs } from '../record/compression.ts'
import type { Clock, Logger, Random } from '../runtime/runtime.ts'
import type { ResolvedBrokerOptions } from './broker-options.ts'
import type { BrokerConfigs } from './configs/broker-configs.ts'
import type { GroupConfigs } from './configs/group-configs.ts'
import type { ResourceConfigs } from './configs/resource-configs.ts'
import type { GroupCoordinator } from './groups/group-coordinator.ts'
import type { Authentication } from './security/authentication.ts'
import type { Acls } from './security/acls.ts'
import type { Authorizer } from './security/authorizer.ts'
import type { Credentials } from './security/credentials.ts'
import type { Session } from './security/session.ts'
import type { ProducerIds } from './producer-ids.ts'
import type { ClientQuotas } from './quotas/client-quotas.ts'
import type { RequestQuotas } from './quotas/request-quotas.ts'
import type { Throttle } from './quotas/throttle.ts'
import type { RequestStats } from './stats/request-stats.ts'
import type { Topics } from './topics.ts'
import type { TransactionCoordinator } from './transactions/transaction-coordinator.ts'
import type { TransactionMarkers } from './transactions/transaction-markers.ts'

/** An API in the versions that clients are told of. */
export interface AdvertisedApi {
  readonly apiKey: number
  readonly minVersion: number
  readonly maxVersion: number
}

/** The parts of a broker. */
export interface BrokerParts {
  readonly options: ResolvedBrokerOptions
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly codecs: Codecs
  readonly clusterId: string
  readonly apis: readonly AdvertisedApi[]
  readonly topics: Topics
  /** The log of `__cluster_metadata`. */
  readonly metadataLog: Pick<PartitionLog, 'endOffset' | 'highWatermark'>
  readonly groups: GroupCoordinator
  readonly producerIds: ProducerIds
  readonly transactions: TransactionCoordinator
  readonly markers: TransactionMarkers
  readonly acls: Acls
  readonly authorizer: Authorizer
  readonly authentication: Authentication
  readonly credentials: Credentials
  readonly resourceConfigs: ResourceConfigs
  readonly brokerConfigs: BrokerConfigs
  readonly groupConfigs: GroupConfigs
  readonly clientQuotas: ClientQuotas
  readonly requestQuotas: RequestQuotas
  readonly throttle: Throttle
  readonly requestStats: RequestStats
  /**
   * Called when the broker closes, before its logs do: waiting requests are answered then. A signal
   * would look at all who listen for each that comes and goes, and many wait.
   */
  readonly waiting: Set<() => void>
}

export interface RequestContext {
  /** The version that request and answer are in. */
  readonly version: number
  readonly clientId: string | null
  readonly peer: Peer
  readonly session: Session
  readonly broker: BrokerParts
}

/**
 * Answers one API. The request's `records` are views that are valid only until the handler first
 * returns or awaits. `undefined` is no answer at all, as for a produce request with `acks=0`.
 */
export type Handler<AnyApi> = (
  request: RequestOf<AnyApi>,
  context: RequestContext,
) => Answer<ResponseInputOf<AnyApi>>

export type Answer<Response> = Response | undefined | Promise<Response | undefined>
