/** What all entries of the SDK export beside a `Kafka` of their own. */

// Declarations mention `Symbol.asyncDispose`, which many a program's `lib` is too old for.
/// <reference lib="esnext.disposable" preserve="true" />

export type {
  GroupDescription,
  GroupMember,
  GroupSummary,
  PartitionLag,
  ResetTarget,
} from './client/admin/admin-groups.ts'
export type {
  PartitionDescription,
  TopicDescription,
  TopicSummary,
} from './client/admin/admin-topics.ts'
export type {
  ConfigChanges,
  ConfigEntry,
  ConfigResource,
  ConfigSource,
} from './client/admin/admin-configs.ts'
export type {
  ElectionOptions,
  PartitionReassignment,
  ReplicaAssignments,
} from './client/admin/admin-replicas.ts'
export type {
  ListTransactionsOptions,
  OpenTransaction,
  ProducerState,
  TransactionDescription,
  TransactionSummary,
} from './client/admin/admin-transactions.ts'
export type {
  ClientQuotas,
  QuotaEntity,
  QuotaFilter,
  QuotaName,
} from './client/admin/admin-quotas.ts'
export type { DeleteBefore } from './client/admin/admin-records.ts'
export type { Acl, AclFilter, AclOperation, AclResourceType } from './client/admin/acl.ts'
export type { ScramChange, ScramUser } from './client/admin/admin-security.ts'
export type { Admin } from './client/admin/admin.ts'
export type {
  BrokerDescription,
  ClusterDescription,
  LogDirDescription,
  ReplicaSize,
} from './client/admin/admin-cluster.ts'
export type { RecordMetadata } from './client/producer/accumulator.ts'
export type { AsyncProducer, DeliveryReport } from './client/producer/async-producer.ts'
export type { Batch } from './client/consumer/batch.ts'
export type { BatchConsumer, BatchConsumerConfig } from './client/consumer/batch-consumer.ts'
export type { ConsumerConfig } from './client/consumer/consumer-options.ts'
export type { ConsumerStatus } from './client/consumer/consumer-status.ts'
export type { ConsumerPosition } from './client/consumer/assigned-partition.ts'
export type { Consumer, SeekTarget } from './client/consumer/consumer.ts'
export type { KafkaRecord } from './client/record/kafka-record.ts'
export type { RecordStream, Subscription } from './client/consumer/record-stream.ts'
export type { Observer } from './client/consumer/stream-iterator.ts'
export type { Duration } from './client/failure/duration.ts'
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
} from './client/failure/errors.ts'
export type { ErrorFacts, SendResult } from './client/failure/errors.ts'
export type {
  HandledRecord,
  HandlerCall,
  Instrumentation,
  OutgoingRecord,
  RequestFacts,
  SendObservation,
  SendOutcome,
} from './client/settings/instrumentation.ts'
export type {
  BearerToken,
  BearerTokenInput,
  KafkaOptions,
  OperationOptions,
  SaslMechanism,
  SaslOptions,
  SaslPasswordOptions,
  SaslTokenOptions,
} from './client/settings/kafka-options.ts'
export type { TlsTrust } from './client/settings/platform.ts'
export type { Listing } from './client/admin/listing.ts'
export type { FoundOffset, Isolation, TopicPartition } from './client/cluster/offset-lookup.ts'
export { Offset, type OffsetInput } from './client/record/offset.ts'
export type { Partitioner } from './client/producer/partitioner.ts'
export type {
  HandlerContext,
  HandlerRetryOptions,
  ProcessOptions,
  RecordHandler,
} from './client/consumer/process-options.ts'
export type { ProducerConfig } from './client/producer/producer-options.ts'
export type {
  HeadersInput,
  Message,
  Producer,
  RecordOptions,
  Sendable,
  SendOptions,
} from './client/producer/producer.ts'
export { withRetry, type RetryOptions } from './client/failure/retry.ts'
export { bytes, json, string } from './client/record/serde.ts'
export type {
  SchemaIssue,
  Serde,
  SerdeInput,
  SerdeName,
  StandardSchema,
  WriterSerdeInput,
} from './client/record/serde.ts'
export type { TopicConfig, TopicSettings } from './client/admin/topic-config.ts'
export type { TransactionWork } from './client/transaction/run-transaction.ts'
export type { TransactionConfig } from './client/transaction/transaction-options.ts'
export type { OtherTopic, Transaction } from './client/transaction/transaction.ts'
export type { ErrorName } from './protocol/error-codes.ts'
export type { RecordHeaderInput } from './record/batch-writer.ts'
export type { RecordHeaderData } from './record/record-cursor.ts'
export type { Clock, Logger, Random, Timer } from './runtime/runtime.ts'
