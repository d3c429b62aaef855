/** Client, producers, consumers, admin and test kit in the documents: see `entries.ts`. */

export const clientEntries = `
# client-configuration
new Kafka() | Kafka() | NewClient | Kafka::Client.new | newKafkaClient, defaultConfig | Kafka.__construct
configured.close() | – | Client.Close | – | – | –

# quick-start
kafka.producer<Order>('orders') | Kafka.producer | Client.Producer, NewProducer | Kafka::Client#producer | KafkaClient.producer, defaultProducerConfig | Kafka.producer
kafka.consumer<Order>('orders', { group: 'my-processor' }) | Kafka.consumer, group | Client.Consumer | Kafka::Client#consumer | KafkaClient.consumer, group, defaultConsumerConfig | Kafka.consumer, group
kafka.produce<Order>('orders' | – | – | Kafka::Client#produce | KafkaClient.produce | –

# typed-producer
kafka.producer('orders', { value: orderSchema }) | – | NewTypedProducer | – | – | –

# async-producer
kafka.asyncProducer<Order>('orders') | – | Client.AsyncProducer | – | KafkaClient.asyncProducer | Kafka.asyncProducer
void producer.send(order) | – | AsyncProducer.Send | – | AsyncProducer.send | AsyncProducer.send
producer.send(orders[1]!).then((metadata) | – | – | – | addCallback | Promise.then
await producer.send(orders[0]!) | – | – | – | await | await
producer.reports() | – | AsyncProducer.Reports, DeliveryReport | – | – | –
report.error | – | DeliveryReport.Err | – | – | –
report.partition | – | DeliveryReport.Partition | – | – | –
report.offset | – | DeliveryReport.Offset | – | – | –
producer.close() | – | AsyncProducer.Close | – | – | –

# typed-consumer
kafka.consumer<Order>('orders') | – | NewTypedConsumer | – | KafkaRecord.to | –
kafka.consumer<Order>('orders').first() | Stream.first | – | Consumer#first | – | –

# next-record
kafka.consumer<Order>('orders', { group: 'async-processor' }) | – | – | – | KafkaClient.asyncConsumer, AsyncConsumer | –
await consumer.next() | – | – | – | AsyncConsumer.next | –
consumer.close() | StreamSubscription.cancel | Consumer.Close | – | – | –

# record-handler
kafka.consume<Order>('orders' | – | – | Kafka::Client#consume | KafkaClient.consume | –

# batch-consumer
kafka.batchConsumer<Order>('orders' | Kafka.batchConsumer | Consumer.Batches | Kafka::Client#consume_batch | KafkaClient.consumeBatch, BatchConsumer | Kafka.batchConsumer
for (const record of batch) | Batch | Batch.Messages, Batch | Batch#each | Batch.items | Batch
batch.commit() | Batch.commit | Batch.Commit | Batch#commit | Batch.commit | Batch.commit

# transactional-producer
kafka.transaction<Order>('orders' | Kafka.transaction | – | Kafka::Client#transaction | KafkaClient.transaction | Kafka.transaction
await tx.send({ ...order, status: 'created' }) | Transaction.send | – | Transaction#send | Transaction.send | Transaction.send
throw new Error('out of stock') | Transaction (aborts) | – | Transaction (aborts) | Transaction (aborts) | Transaction (aborts)

# stream-filter
.stream<Order>('orders') | Kafka.stream | NewStream | Kafka::Client#stream | KafkaClient.stream | Kafka.stream

# topic-administration
const { admin } = kafka | Kafka.admin, Admin | Client.Admin, Admin | Kafka::Client#admin, Admin | KafkaClient.admin, Admin | Kafka.admin, Admin
admin.createTopic('orders' | Admin.createTopic | Admin.CreateTopic | Admin#create_topic | Admin.createTopic | Admin.createTopic
partitions: 3 | TopicConfig.partitions, TopicConfig | TopicConfig.Partitions, TopicConfig | Kafka::TopicConfig#partitions, Kafka::TopicConfig | TopicConfig.partitions, TopicConfig | partitions
retentionMs: 7 * day | TopicConfig.retentionMs | TopicConfig.RetentionMs | Kafka::TopicConfig#retention_ms | TopicConfig.retentionMs | retention_ms
admin.listTopics() | Admin.listTopics | Admin.ListTopics | Admin#list_topics | Admin.listTopics | Admin.listTopics
topic.name | topic.name | topic.Name | topic.name | topic.name | topic.name
topic.partitions | topic.partitions | topic.Partitions | topic.partitions | topic.partitions | topic.partitions
admin.describeTopic('orders') | Admin.describeTopic | Admin.DescribeTopic | Admin#describe_topic | Admin.describeTopic | Admin.describeTopic
info.partitions | info.partitions | info.Partitions | info.partitions | info.partitions | info.partitions
info.retentionMs | info.retentionMs | info.RetentionMs | info.retention_ms | info.retentionMs | info.retentionMs
admin.alterTopic('orders', { retentionMs: 30 * day }) | Admin.alterTopic | Admin.AlterTopic | Admin#alter_topic | Admin.alterTopic | Admin.alterTopic
admin.deleteTopic('orders') | Admin.deleteTopic | Admin.DeleteTopic | Admin#delete_topic | Admin.deleteTopic | Admin.deleteTopic

# simple-producer
producer.send(order) | Producer.send | Producer.Send | Kafka::Producer#send | Producer.send | Producer.send
key: 'customer-456' | Producer.send(key) | Message.Key (sent) | Kafka::Producer#send(key) | Producer.send(key) | Producer.send(key)
headers: { 'correlation-id': 'abc-123' } | Producer.send(headers) | Message.Headers (sent) | Kafka::Producer#send(headers) | Producer.send(headers) | Producer.send(headers)
partition: 2 | Producer.send(partition) | – | – | – | Producer.send(partition)
const { topic, partition, offset } = await producer.send | RecordMetadata | – | RecordMetadata | RecordMetadata, RecordMetadata.partition | RecordMetadata, RecordMetadata.partition

# batch-producer
producer.sendBatch(orders) | Producer.sendBatch(values) | Producer.SendBatch | Kafka::Producer#send_batch(values) | Producer.sendBatch(values) | Producer.sendBatch
{ key: 'cust-1', value: orders[0]! } | Producer.sendBatch(messages), Message | Message | Kafka::Producer#send_batch(messages), Kafka::Message | Producer.sendBatch(messages), Message | Producer.sendBatch(keys)

# fire-and-forget
producer.send(orders[0]!).catch(note) | Future.catchError, unawaited | – | spawn | – | –
producer.flush() | – | – | Fiber.yield | – | –

# basic-consumer
for await (const record of consumer) | await for | Consumer.Messages | Consumer#each | items | Generator

# functional-consumer
.filter((record) => record.value.amount > 90) | Stream.where | – | Consumer#select | filter | filter
.map((record) => record.value) | Stream.map | – | Consumer#map | map | map
consumer.take(2) | Stream.take | – | Consumer#first(n) | Consumer.take | take
.forEach((order) => highValues.push(order.orderId)) | Stream.forEach | – | Iterator#each | apply | –

# consumer-configuration
.toArray() | – | – | – | toSeq | –

# observable-consumer
.subscribe({ | Stream.listen | – | – | – | Observable.subscribe, ReactKafka
next: async (record) | – | – | – | – | onNext
error: reject | – | – | – | – | onError
.filter((record) => record.value.amount > 100) | – | – | – | – | Observable.filter

# record-fields
record.topic | KafkaRecord.topic | Message.Topic | Kafka::Record#topic | KafkaRecord.topic | Record.topic
record.partition | KafkaRecord.partition | Message.Partition | Kafka::Record#partition | KafkaRecord.partition | Record.partition
record.offset | KafkaRecord.offset | Message.Offset | Kafka::Record#offset | KafkaRecord.offset | Record.offset
record.key | KafkaRecord.key | Message.Key | Kafka::Record#key | KafkaRecord.key | Record.key
record.value | KafkaRecord.value | Message.Value | Kafka::Record#value | KafkaRecord.value | Record.value
record.timestamp | KafkaRecord.timestamp | Message.Timestamp | Kafka::Record#timestamp | KafkaRecord.timestamp | Record.timestamp
record.headers | KafkaRecord.headers | Message.Headers | Kafka::Record#headers | KafkaRecord.headers | Record.headers
record.commit() | KafkaRecord.commit | Message.Commit | Kafka::Record#commit | KafkaRecord.commit | Record.commit
record.commitAsync() | – | – | – | – | Record.commitAsync

# parallel-consumer
concurrency: 10 | Isolate.spawn | errgroup | Channel | Channel | Fiber, maxConcurrency

# parallel-threads
new Worker(program | Isolate.spawn (threads) | – | – | spawn | –

# consumer-groups
admin.listGroups() | Admin.listGroups | Admin.ListGroups | Admin#list_groups | Admin.listGroups | Admin.listGroups
group.id | group.id | group.ID | group.id | group.id | group.id
group.memberCount | group.memberCount | group.MemberCount | group.member_count | group.memberCount | group.memberCount
admin.describeGroup('order-processor') | Admin.describeGroup | Admin.DescribeGroup | Admin#describe_group | Admin.describeGroup | Admin.describeGroup
info.state | info.state | info.State | info.state | info.state | info.state
info.members.length | info.members | info.Members | info.members | info.members | info.members
info.totalLag | info.totalLag | info.TotalLag | info.total_lag | info.totalLag | info.totalLag
admin.resetOffsets('order-processor', 'orders', Offset.earliest) | Admin.resetOffsets | Admin.ResetOffsets | Admin#reset_offsets | Admin.resetOffsets | Admin.resetOffsets
admin.resetOffsets('order-processor', 'orders', Offset.timestamp(yesterday)) | Admin.resetOffsets(timestamp) | Admin.ResetOffsetsToTime | Admin#reset_offsets(timestamp) | Admin.resetOffsets(timestamp) | Admin.resetOffsets(timestamp)

# mock-client
new MockKafka() | MockKafka | mock.NewClient | Kafka::MockClient | newMockKafka | MockKafka
kafka.seed('orders', orders) | MockKafka.seed | mock.Client.Seed | Kafka::MockClient#seed | MockKafka.seed | MockKafka.seed
kafka.getMessages<Order>('orders') | MockKafka.getMessages | mock.Client.GetMessages | Kafka::MockClient#get_messages | MockKafka.getMessages | MockKafka.getMessages
`
