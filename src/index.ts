/** `kafka.do` for browsers and the edge: the SDK over WebSocket. */

import { Kafka as BaseKafka } from './client/kafka.ts'
import type { KafkaOptions } from './client/kafka-options.ts'
import type { Platform } from './client/platform.ts'
import { WebSocketDialer } from './connection/web-socket-dialer.ts'
import { webCodecs } from './record/web-compression.ts'
import { silentLogger } from './runtime/runtime.ts'
import { systemClock, systemRandom } from './runtime/system-runtime.ts'

const webPlatform: Platform = {
  transports: {
    http: () => ({ dialer: new WebSocketDialer() }),
    https: () => ({ dialer: new WebSocketDialer({ secure: true }) }),
  },
  clock: systemClock,
  random: systemRandom,
  codecs: webCodecs,
  env: {},
  logger: silentLogger,
}

export class Kafka extends BaseKafka {
  /** Nothing connects before the first operation. @throws InvalidOptionError */
  constructor(options: KafkaOptions = {}) {
    super(options, webPlatform)
  }
}

export type {
  GroupDescription,
  GroupMember,
  GroupSummary,
  PartitionLag,
  ResetTarget,
} from './client/admin-groups.ts'
export type {
  ConfigEntry,
  ConfigResource,
  DeleteBefore,
  PartitionDescription,
  TopicDescription,
  TopicSummary,
} from './client/admin-topics.ts'
export type { Admin } from './client/admin.ts'
export type { BrokerDescription, ClusterDescription } from './client/admin-cluster.ts'
export type { RecordMetadata } from './client/accumulator.ts'
export type { Batch, BatchConsumer, BatchConsumerConfig } from './client/batch-consumer.ts'
export type { ConsumerConfig } from './client/consumer-options.ts'
export type { Consumer, SeekTarget } from './client/consumer.ts'
export type { KafkaRecord } from './client/kafka-record.ts'
export type { RecordStream } from './client/record-stream.ts'
export type { Duration } from './client/duration.ts'
export {
  BatchIncompleteError,
  BrokerError,
  ClosedError,
  DisconnectedError,
  GroupCoordinatorError,
  InvalidOptionError,
  KafkaError,
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
} from './client/errors.ts'
export type { ErrorFacts, SendResult } from './client/errors.ts'
export type { KafkaOptions, OperationOptions } from './client/kafka-options.ts'
export type { Listing } from './client/listing.ts'
export type { FoundOffset, Isolation, TopicPartition } from './client/offset-lookup.ts'
export { Offset, type OffsetInput } from './client/offset.ts'
export type { Partitioner } from './client/partitioner.ts'
export type { ProducerConfig } from './client/producer-options.ts'
export type {
  HeadersInput,
  Message,
  Producer,
  RecordOptions,
  Sendable,
  SendOptions,
} from './client/producer.ts'
export { withRetry, type RetryOptions } from './client/retry.ts'
export { bytes, json, string } from './client/serde.ts'
export type { Serde, SerdeInput, SerdeName, StandardSchema } from './client/serde.ts'
export type { TopicConfig, TopicSettings } from './client/topic-config.ts'
export type { Logger } from './runtime/runtime.ts'
