/** The cluster and its configs: what administrators ask, and requests that nobody understands. */

import { alterClientQuotas } from '../../../../src/protocol/alter-client-quotas.ts'
import { alterConfigs } from '../../../../src/protocol/alter-configs.ts'
import { alterPartitionReassignments } from '../../../../src/protocol/alter-partition-reassignments.ts'
import { alterUserScramCredentials } from '../../../../src/protocol/alter-user-scram-credentials.ts'
import { apiVersions } from '../../../../src/protocol/api-versions.ts'
import { createAcls } from '../../../../src/protocol/create-acls.ts'
import { deleteAcls } from '../../../../src/protocol/delete-acls.ts'
import { describeAcls } from '../../../../src/protocol/describe-acls.ts'
import { describeClientQuotas } from '../../../../src/protocol/describe-client-quotas.ts'
import { describeCluster } from '../../../../src/protocol/describe-cluster.ts'
import { describeConfigs } from '../../../../src/protocol/describe-configs.ts'
import { describeLogDirs } from '../../../../src/protocol/describe-log-dirs.ts'
import { describeQuorum } from '../../../../src/protocol/describe-quorum.ts'
import { describeUserScramCredentials } from '../../../../src/protocol/describe-user-scram-credentials.ts'
import { electLeaders } from '../../../../src/protocol/elect-leaders.ts'
import { incrementalAlterConfigs } from '../../../../src/protocol/incremental-alter-configs.ts'
import { listConfigResources } from '../../../../src/protocol/list-config-resources.ts'
import { listPartitionReassignments } from '../../../../src/protocol/list-partition-reassignments.ts'
import { saslAuthenticate } from '../../../../src/protocol/sasl-authenticate.ts'
import { saslHandshake } from '../../../../src/protocol/sasl-handshake.ts'
import { updateFeatures } from '../../../../src/protocol/update-features.ts'
import type { Script } from '../script.ts'
import { fill, makeTopic, plainBatch } from './fixtures.ts'

const topic = 'cluster.topic'
const settles = { settles: true }
const timeoutMs = 10_000

async function hello(script: Script): Promise<void> {
  const names = ['script', '', ' ', 'a b', '-a', 'a-', 'a.b-c1', 'å', 'x'.repeat(300)]
  for (const name of names) {
    const label = name.length > 100 ? 'a long name' : `'${name}'`
    const as = { clientSoftwareName: name, clientSoftwareVersion: '1' }
    await script.ask(apiVersions, `software ${label}`, as)
    const version = { clientSoftwareName: 'script', clientSoftwareVersion: name }
    await script.ask(apiVersions, `software version ${label}`, version)
  }
  for (const includeClusterAuthorizedOperations of [true, false]) {
    for (const endpointType of [1, 2, 0, 3]) {
      for (const includeFencedBrokers of [true, false]) {
        const body = { includeClusterAuthorizedOperations, endpointType, includeFencedBrokers }
        const versions = script.versions(describeCluster, { from: endpointType === 1 ? 0 : 1 })
        await script.ask(describeCluster, JSON.stringify(body), body, { versions })
      }
    }
  }
  for (const mechanism of ['PLAIN', 'SCRAM-SHA-256', 'GSSAPI', '', 'x']) {
    const connection = `sasl ${mechanism}`
    await script.ask(saslHandshake, `'${mechanism}'`, { mechanism }, { connection })
    const authBytes = new Uint8Array(Buffer.from('\0user\0password'))
    await script.ask(saslAuthenticate, `'${mechanism}'`, { authBytes }, { connection })
    script.disconnect(connection)
  }
}

function header(key: number, version: number, rest = ''): Uint8Array {
  const bytes = Buffer.alloc(10)
  bytes.writeInt16BE(key, 0)
  bytes.writeInt16BE(version, 2)
  bytes.writeInt32BE(77, 4)
  bytes.writeInt16BE(-1, 8)
  return new Uint8Array(Buffer.concat([bytes, Buffer.from(rest, 'hex')]))
}

async function unknownRequests(script: Script): Promise<void> {
  const messages = {
    'an unknown key': header(999, 0),
    'a negative key': header(-1, 0),
    'a version too new': header(3, 99),
    'a negative version': header(3, -1),
    'a version that is gone: Fetch 3': header(1, 3),
    'a version that is gone: Produce 2': header(0, 2),
    'a version that is gone: ListOffsets 0': header(2, 0),
    'a version that is gone: JoinGroup -1': header(11, -1),
    'a request between brokers: LeaderAndIsr': header(4, 0),
    'a request between brokers: UpdateMetadata': header(6, 0),
    'a request of the quorum: Vote': header(52, 0),
    'a request of the quorum: FetchSnapshot': header(59, 0),
    'Metadata that is cut off': header(3, 1, '000000'),
    'Metadata with a length too large': header(3, 1, '7fffffff'),
    nothing: new Uint8Array(),
    'one byte': new Uint8Array(1),
    'seven bytes': header(3, 1).slice(0, 7),
  }
  for (const [label, message] of Object.entries(messages)) await script.raw(label, message)
}

async function configs(script: Script): Promise<void> {
  await makeTopic(script, topic, { partitions: 2, configs: { 'retention.ms': '1000000' } })
  const resources: Readonly<Record<string, readonly [number, string, (string[] | null)?]>> = {
    'a topic': [2, topic],
    'one config': [2, topic, ['retention.ms']],
    'no config': [2, topic, []],
    'an unknown config': [2, topic, ['no.such']],
    'an unknown topic': [2, 'cluster.absent'],
    'a bad topic name': [2, 'a b'],
    'no topic': [2, ''],
    'an unknown broker': [4, '9'],
    'a broker that is no number': [4, 'x'],
    'all brokers': [4, ''],
    'no config of the broker': [4, '1', []],
    'a group': [32, 'cluster.group'],
    'no group': [32, ''],
    'client metrics': [16, 'metrics'],
    'a logger': [8, '1', ['kafka']],
    'loggers of another broker': [8, '9'],
    'type 0': [0, 'x'],
    'type 1': [1, 'x'],
    'type 77': [77, 'x'],
  }
  for (const [label, [resourceType, resourceName, configurationKeys = null]] of Object.entries(
    resources,
  )) {
    const one = { resourceType, resourceName, configurationKeys }
    for (const includeSynonyms of [true, false]) {
      const body = { resources: [one], includeSynonyms, includeDocumentation: false }
      const step = `${label}${includeSynonyms ? ', with synonyms' : ''}`
      await script.ask(describeConfigs, step, body, settles)
    }
    const configs = [{ name: 'retention.ms', value: '2000000' }]
    for (const validateOnly of [true, false]) {
      const step = `${label}${validateOnly ? ', only validated' : ''}`
      const altered = { resources: [{ resourceType, resourceName, configs }], validateOnly }
      await script.ask(alterConfigs, step, altered)
      const incremental = configs.map((config) => ({ ...config, configOperation: 0 }))
      const changes = {
        resources: [{ resourceType, resourceName, configs: incremental }],
        validateOnly,
      }
      await script.ask(incrementalAlterConfigs, step, changes)
    }
  }
  const twice = { resourceType: 2, resourceName: topic, configs: [] }
  const configTwice = [
    { name: 'retention.ms', value: '1', configOperation: 0 },
    { name: 'retention.ms', value: '2', configOperation: 0 },
  ]
  await script.ask(incrementalAlterConfigs, 'a config twice', {
    resources: [{ ...twice, configs: configTwice }],
  })
  await script.ask(incrementalAlterConfigs, 'a resource twice', { resources: [twice, twice] })
  await script.ask(alterConfigs, 'nothing', { resources: [] })
  await script.ask(incrementalAlterConfigs, 'nothing', { resources: [] })
  await script.ask(describeConfigs, 'nothing', { resources: [] })
  for (const resourceTypes of [[], [2], [4], [16], [32], [8], [77], [2, 4], [2, 2]]) {
    const versions = script.versions(listConfigResources, { from: 1 })
    await script.ask(
      listConfigResources,
      `types ${resourceTypes.join()}`,
      { resourceTypes },
      { versions, ...settles },
    )
  }
  await script.ask(listConfigResources, 'in every version', { resourceTypes: [16] }, settles)
}

async function replicas(script: Script): Promise<void> {
  await fill(script, topic, [plainBatch(['a', 'b'])])
  const places = {
    all: null,
    none: [],
    'a topic': [{ topic, partitions: [0, 1] }],
    'no partitions': [{ topic, partitions: [] }],
    'an unknown partition': [{ topic, partitions: [9] }],
    'an unknown topic': [{ topic: 'cluster.absent', partitions: [0] }],
  }
  for (const [label, topics] of Object.entries(places)) {
    if (topics !== null) await script.ask(describeLogDirs, label, { topics }, settles)
    for (const electionType of [0, 1, 2]) {
      const body = { electionType, topicPartitions: topics, timeoutMs }
      const versions = script.versions(electLeaders, { from: electionType === 0 ? 0 : 1 })
      await script.ask(electLeaders, `${label}, type ${electionType}`, body, { versions })
    }
    const list =
      topics?.map(({ topic, partitions }) => ({ name: topic, partitionIndexes: partitions })) ??
      null
    await script.ask(listPartitionReassignments, label, { topics: list, timeoutMs })
  }
  await reassign(script)
  for (const [topicName, partitionIndex] of [
    ['__cluster_metadata', 0],
    ['__cluster_metadata', 1],
    [topic, 0],
    ['', 0],
  ] as const) {
    const topics = [{ topicName, partitions: [{ partitionIndex }] }]
    await script.ask(describeQuorum, `${topicName} ${partitionIndex}`, { topics })
  }
  await script.ask(describeQuorum, 'nothing', { topics: [] })
}

async function reassign(script: Script): Promise<void> {
  const lists = {
    'as it is': [1],
    cancelled: null,
    'to nobody': [],
    'to an unknown broker': [7],
    'to one broker twice': [1, 1],
    'to two brokers': [1, 2],
    'to a negative broker': [-1],
  }
  const allow = { allowReplicationFactorChange: true }
  for (const [label, replicas] of Object.entries(lists)) {
    for (const [name, partitionIndex] of [
      [topic, 0],
      [topic, 9],
      ['cluster.absent', 0],
      ['', 0],
    ] as const) {
      const topics = [{ name, partitions: [{ partitionIndex, replicas }] }]
      const step = `${label}: ${name} ${partitionIndex}`
      await script.ask(alterPartitionReassignments, step, { topics, timeoutMs, ...allow })
    }
    const topics = [{ name: topic, partitions: [{ partitionIndex: 0, replicas }] }]
    const versions = script.versions(alterPartitionReassignments, { from: 1 })
    const body = { topics, timeoutMs, allowReplicationFactorChange: false }
    await script.ask(alterPartitionReassignments, `${label}, as many replicas`, body, { versions })
  }
  const nothing = { topics: [], timeoutMs, ...allow }
  await script.ask(alterPartitionReassignments, 'nothing', nothing)
}

async function security(script: Script): Promise<void> {
  const filter = {
    resourceTypeFilter: 1,
    resourceNameFilter: null,
    patternTypeFilter: 1,
    principalFilter: null,
    hostFilter: null,
    operation: 1,
    permissionType: 1,
  }
  await script.ask(describeAcls, 'all', { ...filter, patternTypeFilter: 3 })
  await script.ask(deleteAcls, 'all', { filters: [{ ...filter, patternTypeFilter: 3 }] })
  await script.ask(deleteAcls, 'nothing', { filters: [] })
  const creation = {
    resourceType: 2,
    resourceName: 't',
    resourcePatternType: 3,
    principal: 'User:a',
    host: '*',
    operation: 3,
    permissionType: 3,
  }
  await script.ask(createAcls, 'one', { creations: [creation] })
  await script.ask(createAcls, 'nothing', { creations: [] })
  await quotas(script)
  await credentials(script)
}

async function quotas(script: Script): Promise<void> {
  const user = (entityName: string | null) => [{ entityType: 'user', entityName }]
  const set = (key: string, value: number, remove = false) => [{ key, value, remove }]
  const alterations = {
    'a quota': { entity: user('u'), ops: set('producer_byte_rate', 1000) },
    'of the default user': { entity: user(null), ops: set('consumer_byte_rate', 1000) },
    'an unknown key': { entity: user('u'), ops: set('no_such', 1) },
    'a negative value': { entity: user('u'), ops: set('producer_byte_rate', -1) },
    'no value': { entity: user('u'), ops: set('producer_byte_rate', 0) },
    'half a byte': { entity: user('u'), ops: set('producer_byte_rate', 0.5) },
    'a part of a request': { entity: user('u'), ops: set('request_percentage', 0.5) },
    'no entity': { entity: [], ops: set('producer_byte_rate', 1) },
    'an unknown entity': {
      entity: [{ entityType: 'x', entityName: 'y' }],
      ops: set('producer_byte_rate', 1),
    },
    'an empty name': { entity: user(''), ops: set('producer_byte_rate', 1) },
    'an entity twice': { entity: [...user('u'), ...user('v')], ops: set('producer_byte_rate', 1) },
    'an address': {
      entity: [{ entityType: 'ip', entityName: '127.0.0.9' }],
      ops: set('connection_creation_rate', 10),
    },
    'a bad address': {
      entity: [{ entityType: 'ip', entityName: 'no address' }],
      ops: set('connection_creation_rate', 10),
    },
    'bytes of an address': {
      entity: [{ entityType: 'ip', entityName: '127.0.0.9' }],
      ops: set('producer_byte_rate', 10),
    },
    'no operations': { entity: user('u'), ops: [] },
    'taken back': { entity: user(null), ops: set('consumer_byte_rate', 0, true) },
    'taken back where there is none': {
      entity: user('w'),
      ops: set('consumer_byte_rate', 0, true),
    },
  }
  for (const [label, entry] of Object.entries(alterations)) {
    for (const validateOnly of [true, false]) {
      const step = `${label}${validateOnly ? ', only validated' : ''}`
      await script.ask(alterClientQuotas, step, { entries: [entry], validateOnly })
    }
  }
  const components = {
    all: [],
    'a user': [{ entityType: 'user', matchType: 0, match: 'u' }],
    'the default user': [{ entityType: 'user', matchType: 1, match: null }],
    'any user': [{ entityType: 'user', matchType: 2, match: null }],
    'any client': [{ entityType: 'client-id', matchType: 2, match: null }],
    'an unknown type': [{ entityType: 'x', matchType: 2, match: null }],
    'an unknown match': [{ entityType: 'user', matchType: 9, match: null }],
    'an exact match of nothing': [{ entityType: 'user', matchType: 0, match: null }],
    'an entity twice': [
      { entityType: 'user', matchType: 2, match: null },
      { entityType: 'user', matchType: 2, match: null },
    ],
  }
  for (const [label, list] of Object.entries(components)) {
    for (const strict of [true, false]) {
      const step = `${label}${strict ? ', strict' : ''}`
      await script.ask(describeClientQuotas, step, { components: list, strict }, settles)
    }
  }
}

async function credentials(script: Script): Promise<void> {
  const salt = new Uint8Array(16)
  const saltedPassword = new Uint8Array(32)
  const sound = { name: 'u', mechanism: 1, iterations: 4096, salt, saltedPassword }
  const upsertions = {
    sound: [sound],
    'of SHA-512': [{ ...sound, mechanism: 2, saltedPassword: new Uint8Array(64) }],
    'too few iterations': [{ ...sound, iterations: 4095 }],
    'too many iterations': [{ ...sound, iterations: 16_385 }],
    'an unknown mechanism': [{ ...sound, mechanism: 0 }],
    'mechanism 9': [{ ...sound, mechanism: 9 }],
    'no name': [{ ...sound, name: '' }],
    'no salt': [{ ...sound, salt: new Uint8Array() }],
    'no password': [{ ...sound, saltedPassword: new Uint8Array() }],
    twice: [sound, sound],
    nothing: [],
  }
  for (const [label, list] of Object.entries(upsertions)) {
    await script.ask(alterUserScramCredentials, label, { upsertions: list })
  }
  const ask = async (label: string, users: readonly string[] | null): Promise<void> => {
    const list = users?.map((name) => ({ name })) ?? null
    await script.ask(describeUserScramCredentials, label, { users: list }, settles)
  }
  await ask('all', null)
  await ask('none', [])
  await ask('one', ['u'])
  await ask('an unknown one', ['v'])
  await ask('one twice', ['u', 'u'])
  await ask('no name', [''])
  const deletions = {
    one: [{ name: 'u', mechanism: 1 }],
    'one again': [{ name: 'u', mechanism: 1 }],
    'an unknown one': [{ name: 'v', mechanism: 1 }],
    'an unknown mechanism': [{ name: 'u', mechanism: 0 }],
    'no name': [{ name: '', mechanism: 1 }],
    'one twice': [
      { name: 'u', mechanism: 2 },
      { name: 'u', mechanism: 2 },
    ],
  }
  for (const [label, list] of Object.entries(deletions)) {
    await script.ask(alterUserScramCredentials, `delete ${label}`, { deletions: list })
  }
}

async function features(script: Script): Promise<void> {
  const updates = {
    nothing: [],
    'an unknown feature': [{ feature: 'no.such', maxVersionLevel: 1 }],
    'a level too high': [{ feature: 'transaction.version', maxVersionLevel: 99 }],
    'a negative level': [{ feature: 'transaction.version', maxVersionLevel: -1 }],
    'a downgrade': [{ feature: 'transaction.version', maxVersionLevel: 1 }],
    'the level it has': [{ feature: 'transaction.version', maxVersionLevel: 2 }],
    'an unknown type': [{ feature: 'transaction.version', maxVersionLevel: 2, upgradeType: 9 }],
    'one twice': [
      { feature: 'transaction.version', maxVersionLevel: 2 },
      { feature: 'transaction.version', maxVersionLevel: 2 },
    ],
  }
  const versions = script.versions(updateFeatures, { from: 1 })
  for (const [label, featureUpdates] of Object.entries(updates)) {
    const body = { timeoutMs, featureUpdates, validateOnly: true }
    await script.ask(updateFeatures, label, body, { versions })
  }
}

export const clusterSessions = {
  'clients say hello': hello,
  'requests that nobody understands': unknownRequests,
  configs: configs,
  'replicas and logs': replicas,
  'ACLs, quotas and credentials': security,
  features: features,
}
