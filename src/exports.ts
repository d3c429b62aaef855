/** What all entries of the SDK export beside a `Kafka` of their own. */

// Declarations mention `Symbol.asyncDispose`, which many a program's `lib` is too old for.
/// <reference lib="esnext.disposable" preserve="true" />

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
export type { Acl, AclFilter, AclOperation, AclResourceType } from './client/acl.ts'
export type { ScramChange, ScramUser } from './client/admin-security.ts'
export type { Admin } from './client/admin.ts'
export type { BrokerDescription, ClusterDescription } from './client/admin-cluster.ts'
export type { RecordMetadata } from './client/accumulator.ts'
export type { AsyncProducer, DeliveryReport } from './client/async-producer.ts'
export type { Batch } from './client/batch.ts'
export type { BatchConsumer, BatchConsumerConfig } from './client/batch-consumer.ts'
export type { ConsumerConfig } from './client/consumer-options.ts'
export type { ConsumerStatus } from './client/consumer-status.ts'
export type { Consumer, SeekTarget } from './client/consumer.ts'
export type { KafkaRecord } from './client/kafka-record.ts'
export type { RecordStream, Subscription } from './client/record-stream.ts'
export type { Observer } from './client/stream-iterator.ts'
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
export type {
  KafkaOptions,
  OperationOptions,
  SaslMechanism,
  SaslOptions,
} from './client/kafka-options.ts'
export type { TlsTrust } from './client/platform.ts'
export type { Listing } from './client/listing.ts'
export type { FoundOffset, Isolation, TopicPartition } from './client/offset-lookup.ts'
export { Offset, type OffsetInput } from './client/offset.ts'
export type { Partitioner } from './client/partitioner.ts'
export type {
  HandlerContext,
  HandlerRetryOptions,
  ProcessOptions,
  RecordHandler,
} from './client/process-options.ts'
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
export type { SchemaIssue, Serde, SerdeInput, SerdeName, StandardSchema } from './client/serde.ts'
export type { TopicConfig, TopicSettings } from './client/topic-config.ts'
export type { TransactionWork } from './client/run-transaction.ts'
export type { TransactionConfig } from './client/transaction-options.ts'
export type { OtherTopic, Transaction } from './client/transaction.ts'
export type { ErrorName } from './protocol/error-codes.ts'
export type { RecordHeaderData } from './record/batch-reader.ts'
export type { Clock, Logger, Random, Timer } from './runtime/runtime.ts'
