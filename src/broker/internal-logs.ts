/** The logs of the broker's own topics: one partition each, since there is one broker. */

import { resolveLogConfig } from '../log/log-config.ts'
import type { LogManager } from '../log/log-manager.ts'
import type { PartitionLog } from '../log/partition-log.ts'
import type { Codecs } from '../record/compression.ts'
import type { Clock, Logger } from '../runtime/runtime.ts'
import { StateLog, createdWhenNeeded } from './state-log.ts'
import { clusterMetadataTopic, consumerOffsetsTopic, transactionStateTopic } from './topic-name.ts'
import type { Topics } from './topics.ts'

/** The topic id that Kafka gives to its metadata log. */
const clusterMetadataId = 'AAAAAAAAAAAAAAAAAAAAAQ'

/** Nothing else says which topics there are, so it is kept for ever, whatever topics do. */
const clusterMetadataConfig = resolveLogConfig({
  'retention.ms': '-1',
  'retention.bytes': '-1',
  'max.message.bytes': String(2 ** 31 - 1),
})

const transactionStateConfigs = Object.freeze({
  'cleanup.policy': 'compact',
  'segment.bytes': String(100 * 1024 * 1024),
})

const consumerOffsetsConfigs = Object.freeze({
  'cleanup.policy': 'compact',
  'segment.bytes': String(100 * 1024 * 1024),
  // The metadata of a large group is one record.
  'max.message.bytes': String(100 * 1024 * 1024),
  'message.timestamp.type': 'CreateTime',
})

/** What reading and writing of records takes. */
interface RecordParts {
  readonly clock: Clock
  readonly codecs: Codecs
  readonly logger: Logger
}

export function openClusterMetadata(logs: LogManager): PartitionLog {
  const log =
    logs.get(clusterMetadataTopic, 0) ??
    logs.create({
      topic: clusterMetadataTopic,
      topicId: clusterMetadataId,
      partition: 0,
      config: clusterMetadataConfig,
    })
  // A log that was there already was opened as any other.
  log.setConfig(clusterMetadataConfig)
  return log
}

export function openConsumerOffsets(topics: Topics, parts: RecordParts): StateLog {
  const log = internalLog(topics, consumerOffsetsTopic, consumerOffsetsConfigs, parts)
  return new StateLog({ log, ...parts })
}

/** The topic is created with the first transaction. */
export function openTransactionState(
  topics: Topics,
  parts: RecordParts,
): Pick<StateLog, 'append' | 'replay'> {
  const open = (): StateLog => {
    const log = internalLog(topics, transactionStateTopic, transactionStateConfigs, parts)
    return new StateLog({ log, ...parts })
  }
  return createdWhenNeeded(topics.byName(transactionStateTopic) && open(), open)
}

function internalLog(
  topics: Topics,
  name: string,
  configs: Readonly<Record<string, string>>,
  { logger }: Pick<RecordParts, 'logger'>,
): PartitionLog {
  const known = topics.byName(name)
  if (!known) {
    const created = topics.createInternal(name, 1, configs)
    created.durable.catch(ignoreAsBrokerFails)
    return created.topic.partitions[0]!
  }
  // Where the metadata was lost: without them, old groups and transactions would be deleted.
  if (!known.configs.has('cleanup.policy')) {
    topics.setConfigs(known, configs).catch(ignoreAsBrokerFails)
  }
  const [first, ...others] = known.partitions
  if (others.some(({ endOffset }) => endOffset > 0)) {
    const advice = 'of groups, or of transactional ids, in other partitions nothing is known here'
    logger.warn('only the first partition of a topic of the broker is read', { name, advice })
  }
  return first!
}

/** It fails with its metadata log, and the next start does what is to be done. */
function ignoreAsBrokerFails(): void {}
