/** Options and variables that the documents name: see `entries.ts`. */

export const configurationEntries = `
# client-configuration
process.env['KAFKA_DO_URL'] | KAFKA_DO_URL | KAFKA_DO_URL | KAFKA_DO_URL | KAFKA_DO_URL | KAFKA_DO_URL
process.env['KAFKA_DO_API_KEY'] | KAFKA_DO_API_KEY | KAFKA_DO_API_KEY | KAFKA_DO_API_KEY | KAFKA_DO_API_KEY | KAFKA_DO_API_KEY
url: 'https://broker.example.com' | KafkaConfig.url, KafkaConfig | WithURL | Kafka::Config#url, Kafka::Config | KafkaConfig.url, KafkaConfig | url
apiKey: 'your-key.your-secret' | KafkaConfig.apiKey | WithAPIKey | Kafka::Config#api_key | KafkaConfig.apiKey | api_key
timeout: '30s' | KafkaConfig.timeout | WithTimeout | Kafka::Config#timeout | KafkaConfig.timeout | timeout
retries: 3 | KafkaConfig.retries | WithRetries | Kafka::Config#retries | KafkaConfig.retries | retries
logger, | – | WithLogger | – | – | –

# integration-test
process.env['TEST_KAFKA_URL'] | TEST_KAFKA_URL | TEST_KAFKA_URL | TEST_KAFKA_URL | TEST_KAFKA_URL | TEST_KAFKA_URL
process.env['TEST_KAFKA_API_KEY'] | TEST_KAFKA_API_KEY | TEST_KAFKA_API_KEY | TEST_KAFKA_API_KEY | TEST_KAFKA_API_KEY | TEST_KAFKA_API_KEY

# producer-configuration
batchSize: 16384 | ProducerConfig.batchSize, ProducerConfig | WithBatchSize, ProducerOption | Kafka::ProducerConfig#batch_size, Kafka::ProducerConfig | ProducerConfig.batchSize, ProducerConfig | batch_size
lingerMs: 5 | ProducerConfig.lingerMs | WithLingerMs | Kafka::ProducerConfig#linger_ms | ProducerConfig.lingerMs | linger_ms
compression: 'gzip' | ProducerConfig.compression, Compression.gzip | WithCompression, CompressionGzip | Kafka::ProducerConfig#compression, Kafka::Compression::Gzip | ProducerConfig.compression, Gzip | compression
acks: 'all' | ProducerConfig.acks, Acks.all | WithAcks, AcksAll | Kafka::ProducerConfig#acks, Kafka::Acks::All | ProducerConfig.acks, All | acks
retries: 3 | ProducerConfig.retries | WithProducerRetries | Kafka::ProducerConfig#retries | ProducerConfig.retries | retries (producer)
retryBackoffMs: 100 | ProducerConfig.retryBackoffMs | – | Kafka::ProducerConfig#retry_backoff_ms | ProducerConfig.retryBackoffMs | retry_backoff_ms

# consumer-configuration
offset: Offset.earliest | ConsumerConfig.offset, Offset.earliest, ConsumerConfig | WithOffset, OffsetEarliest, ConsumerOption | Kafka::ConsumerConfig#offset, Kafka::Offset::Earliest, Kafka::ConsumerConfig | ConsumerConfig.offset, Earliest, ConsumerConfig | offset, earliest
offset: Offset.latest | Offset.latest | OffsetLatest | Kafka::Offset::Latest | Latest | latest
autoCommit: true | ConsumerConfig.autoCommit | WithAutoCommit | Kafka::ConsumerConfig#auto_commit | ConsumerConfig.autoCommit | auto_commit
fetchMinBytes: 1 | ConsumerConfig.fetchMinBytes | WithFetchMinBytes | Kafka::ConsumerConfig#fetch_min_bytes | ConsumerConfig.fetchMinBytes | fetch_min_bytes
fetchMaxWaitMs: 500 | ConsumerConfig.fetchMaxWaitMs | WithFetchMaxWaitMs | Kafka::ConsumerConfig#fetch_max_wait_ms | ConsumerConfig.fetchMaxWaitMs | fetch_max_wait_ms
maxPollRecords: 100 | ConsumerConfig.maxPollRecords | WithMaxPollRecords | Kafka::ConsumerConfig#max_poll_records | ConsumerConfig.maxPollRecords | max_poll_records
sessionTimeout: '30s' | ConsumerConfig.sessionTimeout | WithSessionTimeout | Kafka::ConsumerConfig#session_timeout | ConsumerConfig.sessionTimeout | session_timeout_ms
heartbeatInterval: '3s' | ConsumerConfig.heartbeatInterval | WithHeartbeatInterval | Kafka::ConsumerConfig#heartbeat_interval | ConsumerConfig.heartbeatInterval | heartbeat_interval_ms

# consumer-from-timestamp
offset: Offset.timestamp(yesterday) | Offset.timestamp | WithOffsetTime | Kafka::Offset::Timestamp | Timestamp | –
offset: yesterday | – | – | – | – | offset (DateTimeImmutable)

# batch-consumer
batchSize: 3 | BatchConsumerConfig.batchSize, BatchConsumerConfig | WithBatchSize (consumer) | Kafka::BatchConfig#batch_size, Kafka::BatchConfig | BatchConfig.batchSize, BatchConfig | batch_size (consumer)
batchTimeout: '5s' | BatchConsumerConfig.batchTimeout | WithBatchTimeout | Kafka::BatchConfig#batch_timeout | BatchConfig.batchTimeout | batch_timeout
`
