/** Every class of error, as a broker or the client comes to throw it. */

import {
  ClosedError,
  DisconnectedError,
  GroupCoordinatorError,
  MessageTooLargeError,
  NotLeaderError,
  OffsetOutOfRangeError,
  PartitionNotFoundError,
  QuotaExceededError,
  RebalanceInProgressError,
  SerializationError,
  TimeoutError,
  TopicNotFoundError,
  UnauthorizedError,
  type KafkaError,
} from '../src/index-node.ts'
import { MockKafka } from '../src/testing/index.ts'
import { run, type Example } from './run.ts'

type Failing = (kafka: MockKafka) => Promise<unknown>
type Class = new (message: string) => KafkaError

/** Without retries each error comes to the program. */
const send = (kafka: MockKafka): Promise<unknown> =>
  kafka.producer('orders', { retries: 0, idempotent: false }).send('an order')

const answer = (error: Parameters<MockKafka['failNext']>[1]): Failing => {
  return (kafka) => {
    kafka.failNext('Produce', error)
    return send(kafka)
  }
}

/** Commits as a member that the group has given up on. */
const commitTooLate: Failing = async (kafka) => {
  const bills = kafka.consumer('bills', { group: 'billing', offset: 'earliest' })
  await kafka.produce('bills', 'a bill')
  const record = await bills.next()
  kafka.failNext('OffsetCommit', 'UNKNOWN_MEMBER_ID')
  await record?.commit()
}

const failures: readonly (readonly [Class, Failing])[] = [
  [TopicNotFoundError, (kafka) => kafka.admin.describeTopic('no-such-topic')],
  [PartitionNotFoundError, (kafka) => kafka.produce('orders', 'an order', { partition: 99 })],
  [MessageTooLargeError, answer('MESSAGE_TOO_LARGE')],
  [NotLeaderError, answer('NOT_LEADER_OR_FOLLOWER')],
  [OffsetOutOfRangeError, answer('OFFSET_OUT_OF_RANGE')],
  [GroupCoordinatorError, answer('COORDINATOR_NOT_AVAILABLE')],
  [RebalanceInProgressError, commitTooLate],
  [UnauthorizedError, answer('TOPIC_AUTHORIZATION_FAILED')],
  [QuotaExceededError, answer('THROTTLING_QUOTA_EXCEEDED')],
  [TimeoutError, (kafka) => kafka.consumer('orders').next({ timeout: '1ms' })],
  [DisconnectedError, async (kafka) => (kafka.disconnectNext('Produce'), send(kafka))],
  [SerializationError, (kafka) => kafka.produce('orders', Symbol('has no JSON'))],
  [ClosedError, async (kafka) => (await kafka.close(), send(kafka))],
]

export const example: Example = async () => {
  await using kafka = new MockKafka({ retries: 0 })
  const codes: string[] = []
  for (const [Class, fail] of failures) {
    const error = await fail(kafka).then(
      () => undefined,
      (error: KafkaError) => error,
    )
    if (!(error instanceof Class)) throw new Error(`no ${Class.name}`, { cause: error })
    codes.push(error.retriable ? `${error.code}, retriable` : error.code)
  }
  return codes
}

if (import.meta.main) await run(example)
