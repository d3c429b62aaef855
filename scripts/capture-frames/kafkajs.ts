/**
 * Uses kafkajs's producer, consumers and admin once each, so that the proxy they are pointed at
 * sees every request they can send.
 */

import kafkajs, { type Admin, type Consumer } from 'kafkajs'
import { attempt, printVersion, propagation, sampleRecord, setting } from './attempt.ts'

// kafkajs is CommonJS, of which Node finds only some exports by name.
const { AclOperationTypes, AclPermissionTypes, AclResourceTypes } = kafkajs
const { ConfigResourceTypes, Kafka, logLevel, ResourcePatternTypes } = kafkajs

printVersion('kafkajs')

const topic = 'capture-kafkajs'
const kafka = new Kafka({
  brokers: [setting('BOOTSTRAP')],
  clientId: 'capture',
  logLevel: logLevel.NOTHING,
  sasl: {
    mechanism: 'plain',
    username: setting('SASL_USERNAME'),
    password: setting('SASL_PASSWORD'),
  },
})

async function topics(admin: Admin): Promise<void> {
  const configEntries = [{ name: 'retention.ms', value: '3600000' }]
  await admin.createTopics({ topics: [{ topic, numPartitions: 1, configEntries }] })
  await admin.createPartitions({ topicPartitions: [{ topic, count: 2 }] })
  const resource = { type: ConfigResourceTypes.TOPIC, name: topic }
  await admin.describeConfigs({ resources: [resource], includeSynonyms: true })
  await admin.alterConfigs({ validateOnly: false, resources: [{ ...resource, configEntries }] })
  await admin.fetchTopicMetadata({ topics: [topic] })
  await admin.listTopics()
}

async function produce(idempotent: boolean): Promise<void> {
  const producer = kafka.producer({ idempotent, maxInFlightRequests: 1 })
  await producer.connect()
  for (const number of [0, 1, 2]) await producer.send({ topic, messages: [sampleRecord(number)] })
  await producer.disconnect()
}

async function transact(): Promise<void> {
  const producer = kafka.producer({ transactionalId: `${topic}-transaction`, idempotent: true })
  await producer.connect()
  const aborted = await producer.transaction()
  await aborted.send({ topic, messages: [sampleRecord(3)] })
  await aborted.abort()
  const committed = await producer.transaction()
  await committed.send({ topic, messages: [sampleRecord(4)] })
  const offsets = [{ topic, partitions: [{ partition: 0, offset: '2' }] }]
  await committed.sendOffsets({ consumerGroupId: `${topic}-eos`, topics: offsets })
  await committed.commit()
  await producer.disconnect()
}

/** Returns a member of the group after it has joined and, if it is the first, consumed. */
async function member(name: 'first' | 'second'): Promise<Consumer> {
  const consumer = kafka.consumer({
    groupId: `${topic}-group`,
    heartbeatInterval: 100,
    readUncommitted: false,
  })
  await consumer.connect()
  await consumer.subscribe({ topic, fromBeginning: true })
  const joined = new Promise((resolve) => consumer.on('consumer.group_join', resolve))
  const consumed = new Promise<void>((resolve) => {
    const eachMessage = async () => resolve()
    void consumer.run({ autoCommitThreshold: 1, eachMessage })
  })
  await (name === 'first' ? consumed : joined)
  return consumer
}

async function groups(admin: Admin): Promise<void> {
  const groupId = `${topic}-group`
  const members = [await member('first'), await member('second')]
  await attempt('listGroups', () => admin.listGroups())
  await attempt('describeGroups', () => admin.describeGroups([groupId]))
  await attempt('fetchOffsets', () => admin.fetchOffsets({ groupId, topics: [topic] }))
  for (const consumer of members) await consumer.disconnect()
  const partitions = [{ partition: 0, offset: '1' }]
  await attempt('setOffsets', () => admin.setOffsets({ groupId, topic, partitions }))
  await attempt('deleteGroups', () => admin.deleteGroups([groupId]))
}

async function cluster(admin: Admin): Promise<void> {
  await attempt('describeCluster', () => admin.describeCluster())
  await attempt('fetchTopicOffsets', () => admin.fetchTopicOffsets(topic))
  await attempt('offsetsByTimestamp', () => admin.fetchTopicOffsetsByTimestamp(topic, 1))
  const same = [{ topic, partitionAssignment: [{ partition: 0, replicas: [1] }] }]
  await attempt('reassign', () => admin.alterPartitionReassignments({ topics: same }))
  await attempt('reassignments', () => admin.listPartitionReassignments({}))
  const acl = {
    resourceType: AclResourceTypes.TOPIC,
    resourceName: 'other-',
    resourcePatternType: ResourcePatternTypes.PREFIXED,
    principal: 'User:bob',
    host: '*',
    operation: AclOperationTypes.READ,
    permissionType: AclPermissionTypes.ALLOW,
  }
  await attempt('createAcls', () => admin.createAcls({ acl: [acl] }))
  await propagation()
  await attempt('describeAcls', () => admin.describeAcls(acl))
  await attempt('deleteAcls', () => admin.deleteAcls({ filters: [acl] }))
}

const admin = kafka.admin()
await admin.connect()
await attempt('topics', () => topics(admin))
await attempt('produce', () => produce(false))
await attempt('idempotent', () => produce(true))
await attempt('transact', transact)
await attempt('groups', () => groups(admin))
await cluster(admin)
const upToOne = [{ partition: 0, offset: '1' }]
await attempt('delete records', () => admin.deleteTopicRecords({ topic, partitions: upToOne }))
await attempt('delete topics', () => admin.deleteTopics({ topics: [topic] }))
await admin.disconnect()
