/**
 * What `Admin` does about transactions: who writes to a partition, which transactions there are,
 * and how one is ended that hangs, since nobody ends it any more (KIP-664).
 */

import { describeProducers as describeProducersApi } from '../../protocol/describe-producers.ts'
import { describeTransactions } from '../../protocol/describe-transactions.ts'
import { listTransactions as listTransactionsApi } from '../../protocol/list-transactions.ts'
import { writeTxnMarkers } from '../../protocol/write-txn-markers.ts'
import type { Cluster } from '../cluster/cluster.ts'
import { lookUpCoordinator } from '../cluster/coordinator-lookup.ts'
import { currentTopic, describedByTopic, groupByLeader } from '../cluster/offset-lookup.ts'
import type { TopicPartition } from '../cluster/offset-lookup.ts'
import { durationMs, type Duration } from '../failure/duration.ts'
import { InvalidOptionError } from '../failure/errors.ts'
import type { OperationOptions } from '../settings/kafka-options.ts'
import { throwIfError } from './admin-errors.ts'
import { askEachBroker, merged } from './each-broker.ts'

/** A producer that a partition remembers. */
export interface ProducerState extends TopicPartition {
  /** The id that the broker gave it. */
  readonly producerId: number
  /** Grows with each program that takes the producer over. */
  readonly producerEpoch: number
  /** The sequence number of its last record; -1 where the partition has none. */
  readonly lastSequence: number
  /** When it last wrote, in milliseconds since 1970; -1 where the partition does not know. */
  readonly lastTimestamp: number
  /** The first offset of its transaction in this partition; `null` where none is open. */
  readonly transactionStartOffset: number | null
  /** That of who ended its last transaction; `null` where none was ended yet. */
  readonly coordinatorEpoch: number | null
}

/** A transactional id in the list of all. */
export interface TransactionSummary {
  /** The id, by which one program goes on with what another has left. */
  readonly transactionalId: string
  /** The producer that has it now. */
  readonly producerId: number
  /** Kafka's word for its last transaction, such as `Ongoing` or `CompleteCommit`. */
  readonly state: string
  /** The id of the broker that coordinates it. */
  readonly coordinator: number
}

/** Which transactions are listed: those that are all that is given. */
export interface ListTransactionsOptions extends OperationOptions {
  /** Kafka's words for states, such as `Ongoing`. @default any */
  readonly states?: readonly string[]
  /** Ids of producers. @default any */
  readonly producerIds?: readonly number[]
  /** How long it has been open at least. From Apache Kafka 3.8 on. @default any time */
  readonly openFor?: Duration
  /** RE2's regular expression that the whole id matches. From Apache Kafka 4.1 on. @default any */
  readonly idPattern?: string
}

/** The last transaction of a transactional id. */
export interface TransactionDescription extends TransactionSummary {
  /** Grows with each program that takes the id over. */
  readonly producerEpoch: number
  /** Milliseconds after which its coordinator aborts it. */
  readonly timeoutMs: number
  /** When it began, in milliseconds since 1970; `null` where there was none yet. */
  readonly startTimestamp: number | null
  /** The partitions that it has written to, and that are yet to learn how it ended. */
  readonly partitions: readonly TopicPartition[]
}

/** A transaction in one partition, as `describeProducers` tells of it. */
export type OpenTransaction = Pick<
  ProducerState,
  'topic' | 'partition' | 'producerId' | 'producerEpoch' | 'coordinatorEpoch'
>

/** The first versions that know of filters. */
const openForVersion = 1
const idPatternVersion = 2

export async function describeProducers(
  cluster: Cluster,
  topic: string,
  options: OperationOptions,
): Promise<ProducerState[]> {
  const action = `describe producers of '${topic}'`
  return cluster.run({ ...options, action, target: 'any' }, async ({ signal }) => {
    const { partitions } = await currentTopic(cluster, topic, { signal })
    const all = partitions.map((_, partition) => ({ topic, partition }))
    const byLeader = await groupByLeader(cluster, all, signal)
    const answers = [...byLeader].map(async ([node, ofNode]) => {
      const channel = await cluster.channel({ node }, 'requests', signal)
      const topics = describedByTopic(ofNode, ({ partition }) => partition).map(
        ({ name, partitions }) => ({ name, partitionIndexes: partitions }),
      )
      const answer = await channel.request(describeProducersApi, { topics }, { signal })
      return answer.topics.flatMap(({ partitions }) =>
        partitions.flatMap(({ partitionIndex: partition, activeProducers, ...outcome }) => {
          throwIfError(action, { ...outcome, topic, partition })
          return activeProducers.map((producer) => stateOf({ topic, partition }, producer))
        }),
      )
    })
    return (await Promise.all(answers)).flat().sort((a, b) => a.partition - b.partition)
  })
}

type ActiveProducer = ReturnType<
  typeof describeProducersApi.response.read
>['topics'][number]['partitions'][number]['activeProducers'][number]

function stateOf(place: TopicPartition, producer: ActiveProducer): ProducerState {
  return {
    ...place,
    producerId: producer.producerId,
    producerEpoch: producer.producerEpoch,
    lastSequence: producer.lastSequence,
    lastTimestamp: producer.lastTimestamp,
    transactionStartOffset: known(producer.currentTxnStartOffset),
    coordinatorEpoch: known(producer.coordinatorEpoch),
  }
}

/** Brokers say -1 for what there is not. */
function known(value: number): number | null {
  return value < 0 ? null : value
}

export async function listTransactions(
  cluster: Cluster,
  filter: ListTransactionsOptions,
): Promise<TransactionSummary[]> {
  const { states, producerIds, openFor, idPattern, ...options } = filter
  const input = {
    stateFilters: states ?? [],
    producerIdFilters: producerIds ?? [],
    durationFilter: openFor === undefined ? -1 : durationMs('openFor', openFor),
    transactionalIdPattern: idPattern ?? null,
  }
  const ageVersion = openFor === undefined ? 0 : openForVersion
  const minVersion = idPattern === undefined ? ageVersion : idPatternVersion
  const action = 'list transactions'
  return cluster.run({ ...options, action, target: 'any' }, async (attempt) => {
    const { signal } = attempt
    // Each broker knows the transactions that it coordinates.
    const ofBrokers = await askEachBroker(cluster, attempt, async (channel, coordinator) => {
      const answer = await channel.request(listTransactionsApi, input, { signal, minVersion })
      throwIfError(action, answer)
      const [unknown] = answer.unknownStateFilters
      if (unknown !== undefined) {
        const expected = `states that broker ${coordinator} knows`
        throw new InvalidOptionError({ option: 'states', expected, actual: unknown })
      }
      return answer.transactionStates.map(({ transactionalId, producerId, transactionState }) => {
        return { transactionalId, producerId, state: transactionState, coordinator }
      })
    })
    return merged(ofBrokers, ({ transactionalId }) => transactionalId)
  })
}

export async function describeTransaction(
  cluster: Cluster,
  transactionalId: string,
  options: OperationOptions,
): Promise<TransactionDescription> {
  const action = `describe transactional id '${transactionalId}'`
  return cluster.run({ ...options, action, target: 'any' }, async ({ channel, signal }) => {
    const { nodeId } = await lookUpCoordinator(channel, { transactionalId }, signal)
    const coordinator = await cluster.channel({ node: nodeId }, 'requests', signal)
    const input = { transactionalIds: [transactionalId] }
    const answer = await coordinator.request(describeTransactions, input, { signal })
    const found = answer.transactionStates[0]!
    throwIfError(action, { errorCode: found.errorCode })
    return {
      transactionalId,
      producerId: found.producerId,
      producerEpoch: found.producerEpoch,
      state: found.transactionState,
      coordinator: nodeId,
      timeoutMs: found.transactionTimeoutMs,
      startTimestamp: known(found.transactionStartTimeMs),
      partitions: found.topics.flatMap(({ topic, partitions }) =>
        partitions.map((partition) => ({ topic, partition })),
      ),
    }
  })
}

/** Ends a transaction in one partition, whatever its coordinator knows of it. */
export async function abortTransaction(
  cluster: Cluster,
  transaction: OpenTransaction,
  options: OperationOptions,
): Promise<void> {
  const { topic, partition, producerId, producerEpoch, coordinatorEpoch } = transaction
  const action = `abort the transaction of producer ${producerId} in ${topic}-${partition}`
  const marker = {
    producerId,
    producerEpoch,
    transactionResult: false,
    // Of a producer that has ended none yet, no coordinator can have been younger than this.
    coordinatorEpoch: coordinatorEpoch ?? 0,
    topics: [{ name: topic, partitionIndexes: [partition] }],
  }
  // A second marker might end what the producer has begun meanwhile.
  const task = { ...options, action, target: 'any', isRepeatable: false } as const
  await cluster.run(task, async ({ signal }) => {
    const [node] = [...(await groupByLeader(cluster, [{ topic, partition }], signal)).keys()]
    // It is answered when all replicas have the marker, which is not to hold up producers.
    const channel = await cluster.channel({ node: node! }, 'changes', signal)
    const answer = await channel.request(writeTxnMarkers, { markers: [marker] }, { signal })
    for (const { topics } of answer.markers) {
      for (const { errorCode } of topics.flatMap(({ partitions }) => partitions)) {
        throwIfError(action, { errorCode, topic, partition })
      }
    }
  })
}
