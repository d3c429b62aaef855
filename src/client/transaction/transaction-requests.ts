/**
 * What a transactional producer asks of the cluster, in both protocols. In version 1 the
 * coordinator has to be told of a partition, or of a group, before anything is written there; in
 * version 2 (KIP-890) the broker that is written to tells it, and every end of a transaction raises
 * the producer's epoch.
 */

import { addOffsetsToTxn } from '../../protocol/add-offsets-to-txn.ts'
import { addPartitionsToTxn } from '../../protocol/add-partitions-to-txn.ts'
import { groupErrors } from '../../protocol/group-errors.ts'
import { endTxn } from '../../protocol/end-txn.ts'
import { initProducerId } from '../../protocol/init-producer-id.ts'
import { txnOffsetCommit } from '../../protocol/txn-offset-commit.ts'
import type { Cluster } from '../cluster/cluster.ts'
import { describedByTopic, type TopicPartition } from '../cluster/offset-lookup.ts'
import { KafkaError, doubtful } from '../failure/errors.ts'
import { throwIfError } from '../failure/group-errors.ts'
import type { GroupIdentity, GroupOffset } from '../group/group-offsets.ts'
import type { ProducerIdentity } from '../producer/accumulator.ts'
import type { OperationOptions } from '../settings/kafka-options.ts'

export type TransactionVersion = 1 | 2

/** Who asks, and how. */
export interface TransactionContext extends ProducerIdentity {
  readonly cluster: Cluster
  readonly transactionalId: string
  readonly version: TransactionVersion
}

const feature = 'transaction.version'
/** Transactions do not wait behind records, or behind what groups ask for. */
const purpose = 'transactions'
const noIdentity: ProducerIdentity = { producerId: -1, producerEpoch: -1 }

export interface Initialised {
  readonly identity: ProducerIdentity
  readonly version: TransactionVersion
}

/**
 * Gets an identity for `transactionalId`, and ends what others have begun under that id. With
 * `previous` it is refused where somebody else has taken the id over since.
 */
export function initialise(
  cluster: Cluster,
  input: {
    readonly transactionalId: string
    readonly transactionTimeoutMs: number
    readonly previous?: ProducerIdentity | undefined
  },
  options: OperationOptions,
): Promise<Initialised> {
  const { transactionalId, transactionTimeoutMs, previous = noIdentity } = input
  const action = `begin transactions as '${transactionalId}'`
  const task = { ...options, action, target: { transactionalId }, purpose }
  return cluster.run(task, async ({ channel, signal }) => {
    const request = { transactionalId, transactionTimeoutMs, ...pick(previous) }
    const answer = await channel.request(initProducerId, request, { signal })
    throwIfError(action, answer)
    const isSecond = channel.featureLevel(feature) >= 2 && channel.supports(endTxn, 5)
    return { identity: pick(answer), version: isSecond ? 2 : 1 }
  })
}

/** Version 1: makes `partitions` part of the transaction. */
export function addPartitions(
  context: TransactionContext,
  partitions: readonly TopicPartition[],
  options: OperationOptions,
): Promise<void> {
  const { cluster, transactionalId, producerId, producerEpoch } = context
  const action = `add partitions to the transaction of '${transactionalId}'`
  const topics = describedByTopic(partitions, ({ partition }) => partition)
  const input = {
    v3AndBelowTransactionalId: transactionalId,
    v3AndBelowProducerId: producerId,
    v3AndBelowProducerEpoch: producerEpoch,
    v3AndBelowTopics: topics,
  }
  const task = {
    ...options,
    action,
    target: { transactionalId },
    purpose,
    awaitsTopic: 'surely',
  } as const
  return cluster.run(task, async ({ channel, signal }) => {
    // Later versions are for brokers among themselves.
    const answer = await channel.request(addPartitionsToTxn, input, { signal, maxVersion: 3 })
    const results = answer.resultsByTopicV3AndBelow.flatMap(({ name: topic, resultsByPartition }) =>
      resultsByPartition.map(({ partitionIndex: partition, partitionErrorCode: errorCode }) => ({
        topic,
        partition,
        errorCode,
      })),
    )
    // Where one is refused, the others are not attempted: that one has the reason.
    const isReason = ({ errorCode }: { errorCode: number }): boolean =>
      errorCode !== 0 && errorCode !== groupErrors.OPERATION_NOT_ATTEMPTED
    const result = results.find(isReason) ?? results.find(({ errorCode }) => errorCode !== 0)
    if (result) throwIfError(action, result)
  })
}

/**
 * Commits the offsets of a group along with the transaction. Each attempt asks for `offsets`: what
 * they are of may be lost meanwhile, though the member is in the same epoch when it is back.
 */
export async function addOffsets(
  context: TransactionContext,
  { group, memberId = '', memberEpoch = -1, groupInstanceId = null }: GroupIdentity,
  offsets: () => readonly GroupOffset[],
  options: OperationOptions,
): Promise<void> {
  const { cluster, transactionalId, version, producerId, producerEpoch } = context
  const action = `commit offsets of group '${group}' in a transaction`
  const identity = { transactionalId, groupId: group, producerId, producerEpoch }
  if (version === 1) {
    const target = { transactionalId }
    await cluster.run({ ...options, action, target, purpose }, async ({ channel, signal }) => {
      throwIfError(action, await channel.request(addOffsetsToTxn, identity, { signal }))
    })
  }
  const input = { ...identity, memberId, groupInstanceId, generationId: memberEpoch }
  const versions = version === 1 ? { minVersion: 3, maxVersion: 4 } : { minVersion: 5 }
  const task = { ...options, action, target: { group }, purpose, awaitsTopic: true }
  let asked: Promise<unknown> | undefined
  try {
    await cluster.run(task, async ({ channel, signal }) => {
      // From here on it cannot be taken back.
      signal.throwIfAborted()
      const topics = describedByTopic(offsets(), ({ partition, offset }) => ({
        partitionIndex: partition,
        committedOffset: offset,
        committedMetadata: null,
      }))
      const answering = channel.request(txnOffsetCommit, { ...input, topics }, versions)
      asked = answering
      const answer = await answering
      for (const { name: topic, partitions } of answer.topics) {
        for (const { partitionIndex: partition, errorCode } of partitions) {
          throwIfError(action, { errorCode, group, topic, partition })
        }
      }
    })
  } catch (error) {
    // What the group's coordinator does after the end of the transaction stays open there, and is
    // part of the next one: version 1 knows them apart only by the epoch.
    if (version === 1) await Promise.allSettled([asked])
    throw error
  }
}

/**
 * Ends the transaction. Returns the identity for the next one.
 *
 * @throws KafkaError, with `maybeApplied` where the transaction may be ended all the same
 */
export async function end(
  context: TransactionContext,
  committed: boolean,
  options: OperationOptions,
): Promise<ProducerIdentity> {
  const { cluster, transactionalId, version, producerId, producerEpoch } = context
  const action = `${committed ? 'commit' : 'abort'} the transaction of '${transactionalId}'`
  const input = { transactionalId, producerId, producerEpoch, committed }
  const versions = version === 1 ? { maxVersion: 4 } : { minVersion: 5 }
  const task = { ...options, action, target: { transactionalId }, purpose }
  // An answer to a later attempt says nothing of what an earlier one, whose answer was lost, did.
  let isLost = false
  try {
    return await cluster.run(task, async ({ channel, signal }) => {
      const wasLost = isLost
      isLost = true
      try {
        const answer = await channel.request(endTxn, input, { signal, ...versions })
        isLost = wasLost
        throwIfError(action, answer)
        return version === 1 ? pick(context) : pick(answer)
      } catch (error) {
        if (KafkaError.is(error)) isLost = wasLost || error.maybeApplied || isUndecided(error)
        throw error
      }
    })
  } catch (error) {
    throw isLost && KafkaError.is(error) ? doubtful(error) : error
  }
}

/** Coordinators say so, too, of a decision that they have written, and may yet keep or lose. */
function isUndecided({ kafkaName }: KafkaError): boolean {
  return kafkaName === 'COORDINATOR_NOT_AVAILABLE'
}

function pick({ producerId, producerEpoch }: ProducerIdentity): ProducerIdentity {
  return { producerId, producerEpoch }
}
