/**
 * The broker: turns each message into a call of the handler for its API, and the answer back into
 * a message. What it holds is put together here, from the records that its state logs replay.
 *
 * Everything but waiting for the disk and for records is synchronous, so handlers never overlap in
 * the middle of a decision.
 */

import { ByteReader } from '../bytes/reader.ts'
import { ByteWriter } from '../bytes/writer.ts'
import type { Frame } from '../connection/frame.ts'
import {
  RefusedRequestError,
  type AuthenticatedUser,
  type Peer,
  type Reply,
  type RequestHandler,
} from '../connection/request-handler.ts'
import { CompactionSchedule } from '../log/compaction/schedule.ts'
import { logConfigDefaults, resolveLogConfig } from '../log/log-config.ts'
import { LogManager } from '../log/log-manager.ts'
import { LogSchedule } from '../log/log-schedule.ts'
import type { PartitionLog } from '../log/partition-log.ts'
import type { Api } from '../protocol/api.ts'
import { encodingOf } from '../protocol/api.ts'
import { apiVersions } from '../protocol/api-versions.ts'
import { produce } from '../protocol/produce.ts'
import {
  decodeMetadataRecord,
  encodeMetadataRecord,
  type MetadataRecordInput,
} from '../protocol/records/metadata-record.ts'
import { readRequestHeader, writeResponseHeader } from '../protocol/server-header.ts'
import { noCodecs, type Codecs } from '../record/compression.ts'
import type { Clock, Logger, Random } from '../runtime/runtime.ts'
import type { Storage } from '../storage/storage.ts'
import { resolveBrokerOptions, type BrokerOptions } from './broker-options.ts'
import { expressionsSettled } from './expressions.ts'
import { BrokerConfigs } from './configs/broker-configs.ts'
import { GroupConfigs } from './configs/group-configs.ts'
import { ResourceConfigs, resourceTypes } from './configs/resource-configs.ts'
import { GroupCoordinator } from './groups/group-coordinator.ts'
import { advertisedApis, handlerOf, type ApiHandler } from './handlers.ts'
import { unsupportedVersion } from './handlers/api-versions.ts'
import { ProducerIds } from './producer-ids.ts'
import { ClientQuotas } from './quotas/client-quotas.ts'
import { handleMetered } from './quotas/metered-exchange.ts'
import { RequestQuotas } from './quotas/request-quotas.ts'
import { Throttle } from './quotas/throttle.ts'
import type { BrokerParts } from './request-context.ts'
import { Authentication } from './security/authentication.ts'
import { Acls } from './security/acls.ts'
import { AclAuthorizer, clusterResourceName, everythingAllowed } from './security/authorizer.ts'
import { Credentials } from './security/credentials.ts'
import { Sessions, visit } from './security/session.ts'
import { StateLog, createdWhenNeeded } from './state-log.ts'
import { clusterMetadataTopic, consumerOffsetsTopic, transactionStateTopic } from './topic-name.ts'
import { Topics } from './topics.ts'
import { abortOrphans } from './transactions/orphaned-transactions.ts'
import { TransactionCoordinator } from './transactions/transaction-coordinator.ts'
import { TransactionMarkers } from './transactions/transaction-markers.ts'

export interface BrokerSetup {
  readonly storage: Storage
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  /** To look into compressed batches, as for a record by its timestamp. @default none */
  readonly codecs?: Codecs
  readonly options?: BrokerOptions
  /** Called once, when the broker can store nothing any more and should be restarted. */
  readonly onFailure: (error: Error) => void
}

/** A topic in a few numbers, for status pages. */
export interface TopicSummary {
  readonly name: string
  readonly partitionCount: number
  readonly recordCount: number
  readonly sizeBytes: number
}

/**
 * Items that all arrays of a request may have together: every partition of a full broker, each in a
 * topic of its own, and some more. A byte of a request can become a hundred in memory.
 */
const requestItemsMax = 250_000

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

export class Broker implements RequestHandler {
  readonly #parts: BrokerParts
  readonly #logs: LogManager
  readonly #storage: Storage
  readonly #closed = new AbortController()
  readonly #sessions: Sessions
  readonly #schedule: LogSchedule
  readonly #compaction: CompactionSchedule
  #closing: Promise<void> | undefined

  /**
   * Opens what `storage` holds, repairing what a crash left behind.
   *
   * @throws RangeError naming a bad option
   * @throws DamagedLogError where records that may have been acknowledged would be lost
   */
  static open(setup: BrokerSetup): Broker {
    return new Broker(setup)
  }

  private constructor(setup: BrokerSetup) {
    const { storage, clock, random, logger, codecs = noCodecs } = setup
    const options = resolveBrokerOptions(setup.options)
    const defaults = resolveLogConfig(options.topicDefaults)
    const { flush } = options
    const config = logConfigDefaults
    this.#storage = storage
    this.#logs = LogManager.open({ ...setup, codecs, flush, config })
    const metadataLog = this.#openMetadataLog(clock, codecs)
    const append = (records: readonly MetadataRecordInput[]): Promise<void> =>
      metadataLog.append(
        records.map((record) => ({ key: null, value: encodeMetadataRecord(record) })),
      )
    const { nodeId, maxPartitions } = options
    const logs = this.#logs
    const topics = new Topics({ logs, append, random, logger, nodeId, maxPartitions, defaults })
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
    const sessions = new Sessions(options.authentication === 'required')
    this.#sessions = sessions
    metadataLog.replay(({ value }) => {
      const record = decodeMetadataRecord(value!)
      topics.apply(record)
      producerIds.apply(record)
      credentials.apply(record)
      acls.apply(record)
      clientQuotas.apply(record)
      resourceConfigs.apply(record)
    })
    topics.open()
    const stateLog = (name: string, configs: Readonly<Record<string, string>>): StateLog =>
      new StateLog({ log: internalLog(topics, name, configs), clock, codecs })
    const groups = new GroupCoordinator({
      log: stateLog(consumerOffsetsTopic, consumerOffsetsConfigs),
      topics,
      clock,
      random,
      logger,
      options: options.groups,
      sessionOf: (groupId) => groupConfigs.sessionOf(groupId),
      retentionNow: () => logs.retentionNow(),
    })
    topics.onRemoved((topic) => groups.topicRemoved(topic))
    const transactionLog = () => stateLog(transactionStateTopic, transactionStateConfigs)
    const markers = new TransactionMarkers({ topics, groups, clock })
    const transactions = new TransactionCoordinator({
      log: createdWhenNeeded(
        topics.byName(transactionStateTopic) && transactionLog(),
        transactionLog,
      ),
      markers,
      newProducerId: () => producerIds.next(nodeId),
      clock,
      logger,
      retentionNow: () => logs.retentionNow(),
      options,
    })
    abortOrphans({ logs: logs.all(), transactions, markers, logger })
    const { clusterId } = this.#logs
    this.#parts = {
      options,
      clock,
      random,
      logger,
      codecs,
      clusterId,
      topics,
      metadataLog: logs.get(clusterMetadataTopic, 0)!,
      groups,
      producerIds,
      transactions,
      markers,
      acls,
      authorizer:
        options.authentication === 'required'
          ? new AclAuthorizer(acls, options.superUsers)
          : everythingAllowed,
      authentication: new Authentication({ credentials, sessions, clock, random, options }),
      credentials,
      resourceConfigs,
      brokerConfigs,
      groupConfigs,
      clientQuotas,
      requestQuotas: new RequestQuotas(clientQuotas, clock),
      throttle: new Throttle(clientQuotas, clock),
      apis: advertisedApis,
      closed: this.#closed.signal,
    }
    this.#compaction = new CompactionSchedule({
      logs,
      storage,
      clock,
      logger,
      codecs,
      checkMs: options.compactionCheckMs,
    })
    this.#compaction.start()
    this.#schedule = new LogSchedule({ logs, clock, retentionCheckMs: options.retentionCheckMs })
  }

  opened(peer: Peer): void {
    this.#parts.throttle.opened(peer)
  }

  isPipelined(message: Uint8Array): boolean {
    return message[0] === 0 && message[1] === produce.key
  }

  handle(message: Uint8Array, peer: Peer): Reply {
    const session = this.#sessions.of(peer)
    const { authentication } = this.#parts
    if (session.isGuarded && authentication.takesBareToken(session)) {
      return authentication.bareToken(session, message)
    }
    const reader = new ByteReader(message)
    const { apiKey, apiVersion: version, correlationId, clientId } = readRequestHeader(reader)
    const entry = handlerOf(apiKey)
    if (apiKey === apiVersions.key && (!entry || version < entry.min || version > entry.max)) {
      // A client that is newer than we are learns from this answer how to ask (KIP-511).
      return responseFrame(
        apiVersions as unknown as Api,
        0,
        correlationId,
        unsupportedVersion(advertisedApis),
      )
    }
    if (!entry || version < entry.min || version > entry.max) {
      throw new RefusedRequestError(`API ${apiKey} version ${version} is not served`)
    }
    if (session.isGuarded) authentication.admit(session, apiKey)
    const { api, handler }: ApiHandler = entry
    reader.limitItems(requestItemsMax)
    // What follows the last field is left alone, as Kafka does: some clients send a byte too many.
    const request = api.request.read(reader, encodingOf(api, version))
    const context = { version, clientId, peer, session, broker: this.#parts }
    if (this.#parts.requestQuotas.isEnabled) {
      return handleMetered({
        apiKey,
        requestBytes: message.length,
        context,
        run: () => handler(request, context),
        frameOf: (response) => responseFrame(api, version, correlationId, response),
      })
    }
    const answer = handler(request, context)
    if (answer instanceof Promise) {
      return answer.then((response) => responseFrame(api, version, correlationId, response))
    }
    return responseFrame(api, version, correlationId, answer)
  }

  /**
   * Resolves once what a crash left behind is on the disk, and can be shown to consumers, and what
   * groups need is loaded. Requests before that are answered as if those records were not there.
   */
  async whenReady(): Promise<void> {
    await Promise.all([this.#logs.whenReady(), expressionsSettled()])
  }

  /** Whether there is anybody who could prove who they are. */
  get hasUsers(): boolean {
    return !this.#parts.credentials.isEmpty
  }

  /** Resolves with the user whose password it is, after a while with none where it is nobody's. */
  userOf(name: string, password: string): Promise<AuthenticatedUser | undefined> {
    return this.#parts.authentication.userOf(name, password)
  }

  /** Whether somebody who calls from `host` without a connection may see what is in the cluster. */
  mayDescribeCluster(user: AuthenticatedUser | undefined, host: string): boolean {
    const { authorizer, options } = this.#parts
    if (options.authentication === 'none') return true
    if (!user) return false
    return authorizer.allows(visit(user, host), 'describe', 'cluster', clusterResourceName)
  }

  /** What is in each topic, in the order of their names. */
  describeTopics(): TopicSummary[] {
    const summaries = [...this.#parts.topics.all()].map(({ name, partitionCount, partitions }) => ({
      name,
      partitionCount,
      recordCount: sum(partitions.map((log) => log.highWatermark - log.startOffset)),
      sizeBytes: sum(partitions.map((log) => log.sizeBytes)),
    }))
    return summaries.sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  /** Puts everything on the disk and closes it. Requests that come later fail. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    this.#schedule.stop()
    this.#closed.abort()
    this.#parts.throttle.close()
    this.#parts.groups.close()
    this.#parts.transactions.close()
    try {
      await this.#compaction.stop()
      await this.#logs.close()
    } finally {
      this.#storage.close()
    }
  }

  #openMetadataLog(clock: Clock, codecs: Codecs): StateLog {
    const log =
      this.#logs.get(clusterMetadataTopic, 0) ??
      this.#logs.create({
        topic: clusterMetadataTopic,
        topicId: clusterMetadataId,
        partition: 0,
        config: clusterMetadataConfig,
      })
    // A log that was there already was opened as any other.
    log.setConfig(clusterMetadataConfig)
    return new StateLog({ log, clock, codecs })
  }
}

/** Returns the log of one of the broker's own topics: one partition, since there is one broker. */
function internalLog(
  topics: Topics,
  name: string,
  configs: Readonly<Record<string, string>>,
): PartitionLog {
  const known = topics.byName(name)
  if (known) return known.partitions[0]!
  const created = topics.createInternal(name, 1, configs)
  created.durable.catch(() => {
    // The broker fails with its metadata log, and the next start creates the topic.
  })
  return created.topic.partitions[0]!
}

function responseFrame(
  api: Api,
  version: number,
  correlationId: number,
  response: unknown,
): Frame | undefined {
  if (response === undefined) return undefined
  const writer = new ByteWriter()
  writeResponseHeader(writer, api, version, correlationId)
  api.response.write(writer, response, encodingOf(api, version))
  return writer.pieces()
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
