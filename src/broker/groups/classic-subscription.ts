/**
 * What members of the classic protocol say of their subscription and are told of their assignment,
 * in a group whose assignment the broker makes: the messages are `ConsumerProtocol`'s, by name of
 * topic, and groups know topics by their id.
 */

import { ByteReader, MalformedBytesError } from '../../bytes/reader.ts'
import {
  consumerProtocolAssignment,
  consumerProtocolSubscription,
  decodeConsumerProtocol,
  type ConsumerProtocolSubscription,
} from '../../protocol/records/consumer-protocol.ts'
import { encodeValue } from '../../protocol/records/record-schema.ts'
import { assignmentOf, noPartitions, type Assignment } from './assignment.ts'
import type { TopicLookup } from './topic-lookup.ts'

/** The protocol type of consumers; others, such as Kafka Connect's workers, have their own. */
export const consumerProtocolType = 'consumer'

interface NamedPartitions {
  readonly topic: string
  readonly partitions: readonly number[]
}

/** Returns `undefined` for what is no subscription: a client may put anything there. */
export function readSubscription(metadata: Uint8Array): ConsumerProtocolSubscription | undefined {
  return attemptToRead(() => decodeConsumerProtocol(consumerProtocolSubscription, metadata))
}

export interface ReadAssignment {
  readonly assigned: Assignment
  /** Whether it says more than which partitions, as those of an assignor of its own may. */
  readonly hasUserData: boolean
}

/** Returns `undefined` for what is no assignment. What is empty is one without partitions. */
export function readAssignment(bytes: Uint8Array, topics: TopicLookup): ReadAssignment | undefined {
  if (bytes.length === 0) return { assigned: noPartitions, hasUserData: false }
  return attemptToRead(() => {
    const read = decodeConsumerProtocol(consumerProtocolAssignment, bytes)
    const { assignedPartitions, userData } = read
    return { assigned: byId(assignedPartitions, topics), hasUserData: (userData?.length ?? 0) > 0 }
  })
}

/** Returns the assignment in the version in which the member wrote `metadata`. */
export function writeAssignment(
  assigned: Assignment,
  metadata: Uint8Array,
  topics: TopicLookup,
): Uint8Array {
  const assignedPartitions = [...assigned].flatMap(([topicId, partitions]) => {
    const topic = topics.byId(topicId)?.name
    return topic === undefined ? [] : [{ topic, partitions: [...partitions] }]
  })
  const newest = consumerProtocolAssignment.versions.max
  const version = attemptToRead(() => new ByteReader(metadata).int16()) ?? newest
  const message = { assignedPartitions, userData: null }
  return encodeValue(consumerProtocolAssignment, message, Math.min(version, newest))
}

/** Topics that are not there, or are no more, are left out. */
export function byId(named: readonly NamedPartitions[], topics: TopicLookup): Assignment {
  return assignmentOf(
    named.flatMap(({ topic, partitions }) => {
      const topicId = topics.byName(topic)?.id
      return topicId === undefined ? [] : [{ topicId, partitions }]
    }),
  )
}

function attemptToRead<Value>(read: () => Value): Value | undefined {
  try {
    return read()
  } catch (error) {
    if (error instanceof MalformedBytesError) return undefined
    throw error
  }
}
