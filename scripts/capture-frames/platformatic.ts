/**
 * Uses @platformatic/kafka's producer, consumers and admin once each, so that the proxy they are
 * pointed at sees every request they can send.
 */

import {
  AclOperations,
  AclPermissionTypes,
  Admin,
  ClientQuotaEntityTypes,
  ClientQuotaKeys,
  ClientQuotaMatchTypes,
  ConfigResourceTypes,
  Consumer,
  FindCoordinatorKeyTypes,
  IncrementalAlterConfigOperationTypes,
  MessagesStreamModes,
  ProduceAcks,
  Producer,
  ResourcePatternTypes,
  ResourceTypes,
  stringDeserializers,
  stringSerializers,
  type Message,
} from '@platformatic/kafka'
import { attempt, printVersion, propagation, sampleRecord, setting } from './attempt.ts'

printVersion('@platformatic/kafka')

const topic = 'capture-platformatic'
const connection = {
  clientId: 'capture',
  bootstrapBrokers: [setting('BOOTSTRAP')],
  retries: 0,
  sasl: {
    mechanism: 'PLAIN' as const,
    username: setting('SASL_USERNAME'),
    password: setting('SASL_PASSWORD'),
  },
}

const record = (number: number) => ({ topic, ...sampleRecord(number) })

async function topics(admin: Admin): Promise<void> {
  const configs = [{ name: 'retention.ms', value: '3600000' }]
  await admin.createTopics({ topics: [topic], partitions: 1, replicas: 1, configs })
  const more = [{ name: topic, count: 2, assignments: [{ brokerIds: [1] }] }]
  await attempt('createPartitions', () => admin.createPartitions({ topics: more }))
  await attempt('listTopics', () => admin.listTopics({ includeInternals: true }))
  const resource = { resourceType: ConfigResourceTypes.TOPIC, resourceName: topic }
  await attempt('describeConfigs', () =>
    admin.describeConfigs({ resources: [{ ...resource, configurationKeys: null }] }),
  )
  await attempt('alterConfigs', () => admin.alterConfigs({ resources: [{ ...resource, configs }] }))
  const change = {
    name: 'segment.bytes',
    value: '2000000',
    configOperation: IncrementalAlterConfigOperationTypes.SET,
  }
  await attempt('incrementalAlterConfigs', () =>
    admin.incrementalAlterConfigs({ resources: [{ ...resource, configs: [change] }] }),
  )
}

async function produce(idempotent: boolean): Promise<void> {
  const serializers = stringSerializers
  const producer = new Producer({ ...connection, serializers, idempotent })
  const acks = idempotent ? ProduceAcks.ALL : ProduceAcks.LEADER
  for (const number of [0, 1, 2]) await producer.send({ messages: [record(number)], acks })
  await producer.close()
}

const consumerOptions = { ...connection, autocommit: false, deserializers: stringDeserializers }

/** Leaves the group, and does not wait for open streams. */
async function closeConsumer(consumer: Consumer<string, string, string, string>): Promise<void> {
  await consumer.close(true)
}

async function transact(): Promise<void> {
  const producer = new Producer({
    ...connection,
    serializers: stringSerializers,
    idempotent: true,
    transactionalId: `${topic}-transaction`,
  })
  const aborted = await producer.beginTransaction()
  await aborted.send({ messages: [record(3)] })
  await aborted.abort()
  const consumer = new Consumer({ ...consumerOptions, groupId: `${topic}-eos` })
  const stream = await consumer.consume({ topics: [topic], mode: MessagesStreamModes.EARLIEST })
  const committed = await producer.beginTransaction()
  await committed.addConsumer(consumer)
  for await (const message of stream) {
    await committed.addOffset(message)
    break
  }
  await committed.send({ messages: [record(4)] })
  await committed.commit()
  await closeConsumer(consumer)
  await producer.close()
}

/** Consumes and commits one message as a member of a group, and asks what a consumer may ask. */
async function consume(
  groupProtocol: 'classic' | 'consumer',
): Promise<Consumer<string, string, string, string>> {
  const groupId = `${topic}-${groupProtocol}`
  const options = { ...consumerOptions, groupId, maxWaitTime: 200 }
  const consumer =
    groupProtocol === 'consumer'
      ? new Consumer({ ...options, groupProtocol })
      : new Consumer({ ...options, groupProtocol, heartbeatInterval: 100 })
  const stream = await consumer.consume({ topics: [topic], mode: MessagesStreamModes.EARLIEST })
  const [message] = (await stream.take(1).toArray()) as Message<string, string, string, string>[]
  const at = { topic, partition: message?.partition ?? 0, offset: 1n, leaderEpoch: 0 }
  await attempt('commit', () => consumer.commit({ offsets: [at] }))
  await attempt('listOffsets', () => consumer.listOffsets({ topics: [topic] }))
  const partitions = [{ topic, partitions: [0, 1] }]
  await attempt('committed', () => consumer.listCommittedOffsets({ topics: partitions }))
  return consumer
}

async function groups(admin: Admin): Promise<void> {
  const classic = await consume('classic')
  const members = [classic]
  await attempt('consumer protocol', async () => members.push(await consume('consumer')))
  const group = `${topic}-classic`
  await attempt('listGroups', () => admin.listGroups())
  await attempt('describeGroups', () => admin.describeGroups({ groups: [group] }))
  const keyType = FindCoordinatorKeyTypes.GROUP
  await attempt('findCoordinator', () => admin.findCoordinator({ keyType, keys: [group] }))
  await attempt('offsets', () => admin.listConsumerGroupOffsets({ groups: [group] }))
  for (const consumer of members) await attempt('close', () => closeConsumer(consumer))
  const moved = [{ name: topic, partitionOffsets: [{ partition: 0, offset: 1n }] }]
  await attempt('alterOffsets', () =>
    admin.alterConsumerGroupOffsets({ groupId: group, topics: moved }),
  )
  const first = [{ name: topic, partitionIndexes: [0] }]
  await attempt('deleteOffsets', () =>
    admin.deleteConsumerGroupOffsets({ groupId: group, topics: first }),
  )
  await attempt('deleteGroups', () => admin.deleteGroups({ groups: [group] }))
}

async function cluster(admin: Admin): Promise<void> {
  const timestamps = [{ name: topic, partitions: [{ partitionIndex: 0, timestamp: -1n }] }]
  await attempt('listOffsets', () => admin.listOffsets({ topics: timestamps }))
  const entityType = ClientQuotaEntityTypes.USER
  const op = { key: ClientQuotaKeys.CONSUMER_BYTE_RATE, value: 1e6, remove: false as const }
  const entry = { entities: [{ entityType, entityName: 'bob' }], ops: [op] }
  await attempt('alterQuotas', () => admin.alterClientQuotas({ entries: [entry] }))
  const component = { entityType, matchType: ClientQuotaMatchTypes.ANY }
  await propagation()
  await attempt('quotas', () => admin.describeClientQuotas({ components: [component] }))
  const folders = [{ name: topic, partitions: [0] }]
  await attempt('logDirs', () => admin.describeLogDirs({ topics: folders }))
  const acl = {
    resourceType: ResourceTypes.TOPIC,
    resourceName: 'other-',
    resourcePatternType: ResourcePatternTypes.PREFIXED,
    principal: 'User:bob',
    host: '*',
    operation: AclOperations.READ,
    permissionType: AclPermissionTypes.ALLOW,
  }
  await attempt('createAcls', () => admin.createAcls({ creations: [acl] }))
  await propagation()
  await attempt('describeAcls', () => admin.describeAcls({ filter: acl }))
  await attempt('deleteAcls', () => admin.deleteAcls({ filters: [acl] }))
}

const admin = new Admin(connection)
await attempt('topics', () => topics(admin))
await attempt('produce', () => produce(false))
await attempt('idempotent', () => produce(true))
await attempt('transact', transact)
await attempt('groups', () => groups(admin))
await cluster(admin)
const upToOne = [{ name: topic, partitions: [{ partition: 0, offset: 1n }] }]
await attempt('deleteRecords', () => admin.deleteRecords({ topics: upToOne }))
await attempt('deleteTopics', () => admin.deleteTopics({ topics: [topic] }))
await admin.close()
