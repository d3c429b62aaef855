/** Errors that the documents name, and what they do about them: see `entries.ts`. */

export const errorEntries = `
# error-classes
[TopicNotFoundError,  | TopicNotFoundException | ErrTopicNotFound | Kafka::TopicNotFoundError | TopicNotFoundError | TopicNotFoundException
[PartitionNotFoundError,  | PartitionNotFoundException | ErrPartitionNotFound | Kafka::PartitionNotFoundError | PartitionNotFoundError | PartitionNotFoundException
[MessageTooLargeError,  | MessageTooLargeException | ErrMessageTooLarge | Kafka::MessageTooLargeError | MessageTooLargeError | MessageTooLargeException
[NotLeaderError,  | NotLeaderException | ErrNotLeader | Kafka::NotLeaderError | NotLeaderError | NotLeaderException
[OffsetOutOfRangeError,  | OffsetOutOfRangeException | ErrOffsetOutOfRange | Kafka::OffsetOutOfRangeError | OffsetOutOfRangeError | OffsetOutOfRangeException
[GroupCoordinatorError,  | GroupCoordinatorException | ErrGroupCoordinator | Kafka::GroupCoordinatorError | GroupCoordinatorError | GroupCoordinatorException
[RebalanceInProgressError,  | RebalanceInProgressException | ErrRebalanceInProgress | Kafka::RebalanceInProgressError | RebalanceInProgressError | RebalanceInProgressException
[UnauthorizedError,  | UnauthorizedException | ErrUnauthorized | Kafka::UnauthorizedError | UnauthorizedError | UnauthorizedException
[QuotaExceededError,  | QuotaExceededException | ErrQuotaExceeded | Kafka::QuotaExceededError | QuotaExceededError | QuotaExceededException
[TimeoutError,  | TimeoutException | – | Kafka::TimeoutError | TimeoutError | TimeoutException
[DisconnectedError,  | DisconnectedException | ErrDisconnected | Kafka::DisconnectedError | DisconnectedError | DisconnectedException
[SerializationError,  | SerializationException | – | Kafka::SerializationError | SerializationError | SerializationException
[ClosedError,  | – | ErrClosed | – | – | –
error.retriable | – | kafka.Error.Retriable | Kafka::Error#retriable? | KafkaError.retriable | –

# error-handling
KafkaError.is(error) | KafkaException | kafka.Error, errors.As | Kafka::Error | KafkaError | KafkaException
error.code | KafkaException.code | kafka.Error.Code | Kafka::Error#code | KafkaError.code | KafkaException.getCode
error.message | KafkaException.message | kafka.Error.Message | Kafka::Error#message | KafkaError.msg | KafkaException.getMessage
error.isRetriable | KafkaException.isRetriable | – | – | – | KafkaException.isRetriable
error instanceof TimeoutError | on TimeoutException | – | rescue Kafka::TimeoutError | except TimeoutError | catch TimeoutException

# cancellation
timeout: '10ms' | – | context.DeadlineExceeded, context.WithTimeout | – | – | –
signal: controller.signal | – | context.Context | – | – | –
controller.abort( | – | context.Canceled | – | – | –

# retry
withRetry( | withRetry | – | with_retry | withRetry | withRetry
maxAttempts: 3 | withRetry(maxAttempts) | – | with_retry(max_attempts) | withRetry(maxAttempts) | withRetry(maxAttempts)
baseDelay: '1ms' | withRetry(baseDelay) | – | with_retry(base_delay) | withRetry(baseDelay) | withRetry(baseDelay)

# dead-letter-queue
deadLetter: 'orders-dlq' | dlqProducer | dlqProducer | dlq_producer | dlqProducer | dlqProducer
headers['original-topic'] | original-topic | original-topic | original-topic | original-topic | original-topic
headers['original-partition'] | original-partition | original-partition | original-partition | original-partition | original-partition
headers['original-offset'] | original-offset | original-offset | original-offset | original-offset | original-offset
originalRecord: letter.value.orderId | DlqRecord.originalRecord | original | DlqRecord#original_record | DlqRecord.originalRecord | original_record
letter.headers['error'] | DlqRecord.error | error | DlqRecord#error | DlqRecord.error | error
letter.timestamp | DlqRecord.timestamp | timestamp | DlqRecord#timestamp | DlqRecord.timestamp | timestamp
`
