/** What the records of `__cluster_metadata` say: each part takes those that are its own. */

import type { LogManager } from '../log/log-manager.ts'
import {
  decodeMetadataRecord,
  encodeMetadataRecord,
  type MetadataRecordInput,
} from '../protocol/records/metadata-record.ts'
import { resolveLogConfig } from '../log/log-config.ts'
import type { Clock, Logger, Random } from '../runtime/runtime.ts'
import type { ResolvedBrokerOptions } from './broker-options.ts'
import { BrokerConfigs } from './configs/broker-configs.ts'
import { GroupConfigs } from './configs/group-configs.ts'
import { ResourceConfigs, resourceTypes } from './configs/resource-configs.ts'
import { ProducerIds } from './producer-ids.ts'
import { ClientQuotas } from './quotas/client-quotas.ts'
import type { BrokerParts } from './request-context.ts'
import { Acls } from './security/acls.ts'
import { Credentials } from './security/credentials.ts'
import type { StateLog } from './state-log.ts'
import { Topics } from './topics.ts'

export type ClusterState = Pick<
  BrokerParts,
  | 'topics'
  | 'producerIds'
  | 'credentials'
  | 'acls'
  | 'clientQuotas'
  | 'resourceConfigs'
  | 'brokerConfigs'
  | 'groupConfigs'
>

export interface ClusterStateSetup {
  /** The log of `__cluster_metadata`. */
  readonly log: StateLog
  readonly logs: LogManager
  readonly options: ResolvedBrokerOptions
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
}

/** Replays the log, and opens the topics that it knows. */
export function openClusterState(setup: ClusterStateSetup): ClusterState {
  const { log, logs, options, clock, random, logger } = setup
  const append = (records: readonly MetadataRecordInput[]): Promise<void> =>
    log.append(records.map((record) => ({ key: null, value: encodeMetadataRecord(record) })))
  const { nodeId, maxPartitions } = options
  const defaults = resolveLogConfig(options.topicDefaults)
  const topics = new Topics({
    logs,
    append,
    flush: () => log.flush(),
    clock,
    random,
    logger,
    nodeId,
    maxPartitions,
    defaults,
  })
  const producerIds = new ProducerIds((record) => append([record]))
  const credentials = new Credentials(append)
  const acls = new Acls(append, random)
  const clientQuotas = new ClientQuotas(append)
  const resourceConfigs = new ResourceConfigs(append)
  const brokerConfigs = new BrokerConfigs(resourceConfigs, options)
  const groupConfigs = new GroupConfigs(resourceConfigs, options.groups)
  resourceConfigs.onChange(({ resourceType }) => {
    const isBroker = resourceType === resourceTypes.broker
    if (isBroker) topics.setDefaults(brokerConfigs.topicDefaults())
  })
  const parts = [topics, producerIds, credentials, acls, clientQuotas, resourceConfigs] as const
  const { startOffset } = log
  if (startOffset > 0) {
    // Apache Kafka keeps it in snapshots, which are not read.
    logger.warn('configs, ACLs and users before this offset of the metadata are not known', {
      startOffset,
    })
  }
  log.replay(({ value }) => {
    const record = decodeMetadataRecord(value!)
    for (const part of parts) part.apply(record)
  })
  topics.open()
  return {
    topics,
    producerIds,
    credentials,
    acls,
    clientQuotas,
    resourceConfigs,
    brokerConfigs,
    groupConfigs,
  }
}
