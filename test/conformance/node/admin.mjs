/**
 * The scenario of administration: what the client's administrator can do with topics, configs,
 * groups, offsets, partitions, ACLs and quotas, each step checked. Called with the name of the client.
 */

const { BOOTSTRAP, SASL_USER, SASL_PASSWORD, TOPIC, GROUP } = process.env
const deadlineMs = 60_000
const features = new Set()
const sasl = { username: SASL_USER, password: SASL_PASSWORD }

function check(feature, isRight, found) {
  const shown = JSON.stringify(found, (_, value) =>
    typeof value === 'bigint' ? String(value) : value,
  )
  if (!isRight) throw new Error(`${feature}: ${shown}`)
  features.add(feature)
}

async function administerByKafkajs() {
  const kafkajs = (await import('kafkajs')).default
  const kafka = new kafkajs.Kafka({
    brokers: [BOOTSTRAP],
    sasl: { mechanism: 'scram-sha-256', ...sasl },
    logLevel: kafkajs.logLevel.NOTHING,
  })
  const admin = kafka.admin()
  await admin.connect()
  await admin.createTopics({ topics: [{ topic: TOPIC, numPartitions: 2 }], waitForLeaders: true })
  await admin.createPartitions({ topicPartitions: [{ topic: TOPIC, count: 3 }] })
  const { topics } = await admin.fetchTopicMetadata({ topics: [TOPIC] })
  check('topics', topics.length === 1, topics)
  check('partitions', topics[0].partitions.length === 3, topics)
  const type = kafkajs.ConfigResourceTypes.TOPIC
  const configEntries = [{ name: 'retention.ms', value: '200000' }]
  await admin.alterConfigs({ resources: [{ type, name: TOPIC, configEntries }] })
  const resources = [{ type, name: TOPIC, configNames: ['retention.ms'] }]
  const configs = await admin.describeConfigs({ resources, includeSynonyms: false })
  check('configs', configs.resources[0].configEntries[0].configValue === '200000', configs)

  const producer = kafka.producer({
    createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
  })
  await producer.connect()
  const messages = Array.from({ length: 10 }, () => ({ value: 'x', partition: 0 }))
  await producer.send({ topic: TOPIC, messages })
  await producer.disconnect()
  const partitions = [{ partition: 0, offset: '7' }]
  await admin.setOffsets({ groupId: GROUP, topic: TOPIC, partitions })
  const [committed] = await admin.fetchOffsets({ groupId: GROUP, topics: [TOPIC] })
  check(
    'offsets',
    committed.partitions.some(({ offset }) => offset === '7'),
    committed,
  )
  await admin.deleteTopicRecords({ topic: TOPIC, partitions: [{ partition: 0, offset: '3' }] })
  const ends = await admin.fetchTopicOffsets(TOPIC)
  const end = ends.find(({ partition }) => partition === 0)
  check('delete-records', end.low === '3' && end.high === '10', ends)
  const { groups } = await admin.listGroups()
  check(
    'groups',
    groups.some(({ groupId }) => groupId === GROUP),
    groups,
  )
  await admin.describeGroups([GROUP])
  await admin.deleteGroups([GROUP])

  const resource = {
    resourceType: kafkajs.AclResourceTypes.TOPIC,
    resourceName: TOPIC,
    resourcePatternType: kafkajs.ResourcePatternTypes.LITERAL,
  }
  const acl = {
    ...resource,
    principal: 'User:ann',
    host: '*',
    operation: kafkajs.AclOperationTypes.READ,
    permissionType: kafkajs.AclPermissionTypes.ALLOW,
  }
  await admin.createAcls({ acl: [acl] })
  const described = await admin.describeAcls(acl)
  check('acls', described.resources.length === 1, described)
  await admin.deleteAcls({ filters: [acl] })
  const cluster = await admin.describeCluster()
  check('cluster', cluster.clusterId.length > 0, cluster)
  await admin.deleteTopics({ topics: [TOPIC] })
  check('topics', !(await admin.listTopics()).includes(TOPIC), 'is still there')
  await admin.disconnect()
}

async function administerByPlatformatic() {
  const kafka = await import('@platformatic/kafka')
  const options = {
    clientId: 'admin',
    bootstrapBrokers: [BOOTSTRAP],
    sasl: { mechanism: 'SCRAM-SHA-256', ...sasl },
  }
  const admin = new kafka.Admin(options)
  await admin.createTopics({ topics: [TOPIC], partitions: 2, replicas: 1 })
  const wanted = { name: TOPIC, count: 3, assignments: null }
  await admin.createPartitions({ topics: [wanted] })
  check('topics', (await admin.listTopics()).includes(TOPIC), 'is not there')
  const zero = [0, 1, 2].map((partitionIndex) => ({ partitionIndex, timestamp: -1n }))
  const listed = await admin.listOffsets({ topics: [{ name: TOPIC, partitions: zero }] })
  check('partitions', listed[0].partitions.length === 3, listed)
  const resourceType = kafka.ConfigResourceTypes.TOPIC
  const changes = [
    {
      name: 'retention.ms',
      value: '200000',
      configOperation: kafka.IncrementalAlterConfigOperationTypes.SET,
    },
  ]
  const changed = { resourceType, resourceName: TOPIC, configs: changes }
  await admin.incrementalAlterConfigs({ resources: [changed] })
  const resource = { resourceType, resourceName: TOPIC, configurationKeys: ['retention.ms'] }
  const [described] = await admin.describeConfigs({ resources: [resource] })
  check('configs', described.configs[0].value === '200000', described)

  const serializers = kafka.stringSerializers
  const producer = new kafka.Producer({ ...options, serializers })
  const message = { topic: TOPIC, value: 'x', partition: 0 }
  await producer.send({ messages: Array.from({ length: 10 }, () => message) })
  await producer.close()
  const partitionOffsets = [{ partition: 0, offset: 7n }]
  const topics = [{ name: TOPIC, partitionOffsets }]
  await admin.alterConsumerGroupOffsets({ groupId: GROUP, topics })
  const [group] = await admin.listConsumerGroupOffsets({ groups: [GROUP] })
  check('offsets', group.topics[0].partitions[0].committedOffset === 7n, group)
  const records = [{ name: TOPIC, partitions: [{ partition: 0, offset: 3n }] }]
  const [deleted] = await admin.deleteRecords({ topics: records })
  check('delete-records', deleted.partitions[0].lowWatermark === 3n, deleted)
  const groups = await admin.listGroups()
  check('groups', groups.has(GROUP), [...groups.keys()])
  await admin.describeGroups({ groups: [GROUP] })
  await admin.deleteGroups({ groups: [GROUP] })

  const acl = {
    resourceType: kafka.ResourceTypes.TOPIC,
    resourceName: TOPIC,
    resourcePatternType: kafka.ResourcePatternTypes.LITERAL,
    principal: 'User:ann',
    host: '*',
    operation: kafka.AclOperations.READ,
    permissionType: kafka.AclPermissionTypes.ALLOW,
  }
  await admin.createAcls({ creations: [acl] })
  const { resourcePatternType: patternTypeFilter, ...filter } = acl
  const filters = { ...filter, resourcePatternType: patternTypeFilter, patternTypeFilter }
  const acls = await admin.describeAcls({ filter: filters })
  check('acls', acls.length === 1, acls)
  await admin.deleteAcls({ filters: [filters] })
  const entities = [{ entityType: 'user', entityName: 'ann' }]
  const ops = [{ key: 'producer_byte_rate', value: 1_000_000, remove: false }]
  await admin.alterClientQuotas({ entries: [{ entities, ops }] })
  const components = [{ entityType: 'user', matchType: 0, match: 'ann' }]
  const quotas = await admin.describeClientQuotas({ components })
  check('quotas', quotas[0].values[0].value === 1_000_000, quotas)
  await admin.deleteTopics({ topics: [TOPIC] })
  check('topics', !(await admin.listTopics()).includes(TOPIC), 'is still there')
  await admin.close()
}

const administer = {
  kafkajs: administerByKafkajs,
  '@platformatic/kafka': administerByPlatformatic,
}[process.argv[2]]
setTimeout(() => {
  process.stderr.write(`not done after ${deadlineMs} ms, only ${[...features].join(' ')}\n`)
  process.exit(1)
}, deadlineMs)
await administer()
process.stdout.write(`F ${[...features].join(' ')}\n`, () => process.exit(0))
