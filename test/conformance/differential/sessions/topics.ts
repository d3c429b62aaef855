/** The life of topics: created, described, given partitions, deleted, made anew. */

import { createPartitions } from '../../../../src/protocol/create-partitions.ts'
import {
  createTopics,
  type CreateTopicsRequestInput,
} from '../../../../src/protocol/create-topics.ts'
import { deleteTopics } from '../../../../src/protocol/delete-topics.ts'
import { describeTopicPartitions } from '../../../../src/protocol/describe-topic-partitions.ts'
import { metadata } from '../../../../src/protocol/metadata.ts'
import type { Script } from '../script.ts'
import { awaitNoTopic, awaitTopic, makeTopic, unknownId } from './fixtures.ts'

type Creation = Partial<CreateTopicsRequestInput['topics'][number]>

const timeoutMs = 30_000
const longName = 'n'.repeat(249)

/** By label; a name is added where there is none, one for each version. */
const creations: Readonly<Record<string, Creation | readonly Creation[]>> = {
  'one partition': {},
  'three partitions': { numPartitions: 3 },
  'default count of partitions and replicas': { numPartitions: -1, replicationFactor: -1 },
  'default count of partitions': { numPartitions: -1 },
  'no partitions': { numPartitions: 0 },
  'minus two partitions': { numPartitions: -2 },
  'too many partitions': { numPartitions: 2_000_000_000 },
  'no replicas': { replicationFactor: 0 },
  'minus two replicas': { replicationFactor: -2 },
  'more replicas than brokers': { replicationFactor: 2 },
  'empty name': { name: '' },
  'a dot': { name: '.' },
  'two dots': { name: '..' },
  'a space in the name': { name: 'a b' },
  'a slash in the name': { name: 'a/b' },
  'no ASCII in the name': { name: 'å' },
  'name of 249': { name: longName },
  'name of 250': { name: `${longName}n` },
  'internal name': { name: '__consumer_offsets' },
  'name of the metadata log': { name: '__cluster_metadata' },
  assignment: {
    numPartitions: -1,
    replicationFactor: -1,
    assignments: [
      { partitionIndex: 0, brokerIds: [1] },
      { partitionIndex: 1, brokerIds: [1] },
    ],
  },
  'assignment and count': {
    numPartitions: 1,
    replicationFactor: -1,
    assignments: [{ partitionIndex: 0, brokerIds: [1] }],
  },
  'assignment and replicas': {
    numPartitions: -1,
    replicationFactor: 1,
    assignments: [{ partitionIndex: 0, brokerIds: [1] }],
  },
  'assignment to an unknown broker': {
    numPartitions: -1,
    replicationFactor: -1,
    assignments: [{ partitionIndex: 0, brokerIds: [7] }],
  },
  'assignment to nobody': {
    numPartitions: -1,
    replicationFactor: -1,
    assignments: [{ partitionIndex: 0, brokerIds: [] }],
  },
  'assignment to one broker twice': {
    numPartitions: -1,
    replicationFactor: -1,
    assignments: [{ partitionIndex: 0, brokerIds: [1, 1] }],
  },
  'assignment with a hole': {
    numPartitions: -1,
    replicationFactor: -1,
    assignments: [
      { partitionIndex: 0, brokerIds: [1] },
      { partitionIndex: 2, brokerIds: [1] },
    ],
  },
  'assignment of one partition twice': {
    numPartitions: -1,
    replicationFactor: -1,
    assignments: [
      { partitionIndex: 0, brokerIds: [1] },
      { partitionIndex: 0, brokerIds: [1] },
    ],
  },
  'a config': { configs: [{ name: 'retention.ms', value: '1000' }] },
  'an unknown config': { configs: [{ name: 'no.such', value: '1' }] },
  'a config with a wrong value': { configs: [{ name: 'retention.ms', value: 'x' }] },
  'a config that is null': { configs: [{ name: 'retention.ms', value: null }] },
  'a config twice': {
    configs: [
      { name: 'retention.ms', value: '1' },
      { name: 'retention.ms', value: '2' },
    ],
  },
  'two topics': [{}, {}],
  'two topics of which one is wrong': [{}, { numPartitions: 0 }],
  'one topic twice': [{ name: 'twice' }, { name: 'twice' }],
  'no topics': [],
}

function creationBody(label: string, version: number, validateOnly: boolean) {
  const given = creations[label]!
  const list = Array.isArray(given) ? (given as readonly Creation[]) : [given as Creation]
  const topics = list.map((creation, index) => ({
    name: `made.${label.replaceAll(' ', '-')}.${version}.${index}${validateOnly ? '.not' : ''}`,
    numPartitions: 1,
    replicationFactor: 1,
    ...creation,
  }))
  return { topics, timeoutMs, validateOnly }
}

async function create(script: Script): Promise<void> {
  for (const label of Object.keys(creations)) {
    await script.ask(createTopics, label, (_, version) => creationBody(label, version, false))
    const versions = script.versions(createTopics, { from: 1 })
    await script.ask(
      createTopics,
      `only validated: ${label}`,
      (_, version) => creationBody(label, version, true),
      { versions },
    )
  }
  await makeTopic(script, 'topics.dotted')
  for (const name of ['topics.dotted', 'topics_dotted']) {
    const topics = [{ name, numPartitions: 1, replicationFactor: 1 }]
    await script.ask(createTopics, `there already: ${name}`, { topics, timeoutMs })
    await script.ask(createTopics, `only validated, there already: ${name}`, {
      topics,
      timeoutMs,
      validateOnly: true,
    })
  }
}

async function describe(script: Script): Promise<void> {
  await makeTopic(script, 'topics.described', { partitions: 3 })
  await makeTopic(script, 'topics.other')
  const settles = { settles: true }
  const allowed = { includeTopicAuthorizedOperations: true }
  const names = {
    known: ['topics.described'],
    several: ['topics.described', 'topics.other'],
    'known twice': ['topics.described', 'topics.described'],
    'empty name': [''],
    'bad name': ['a b'],
    'too long': ['n'.repeat(250)],
    none: [],
  }
  for (const [label, list] of Object.entries(names)) {
    const topics = list.map((name) => ({ name }))
    // Before version 1 an empty list is all topics, and those of all sessions may be there.
    const versions = script.versions(metadata, { from: list.length === 0 ? 1 : 0 })
    await script.ask(metadata, label, { topics }, { ...settles, versions })
    await script.ask(
      metadata,
      `${label}, with operations`,
      { topics, ...allowed, includeClusterAuthorizedOperations: true },
      { ...settles, versions },
    )
  }
  const absent = { topics: [{ name: 'topics.absent' }], allowAutoTopicCreation: false }
  const versions = script.versions(metadata, { from: 4 })
  await script.ask(metadata, 'unknown, not created', absent, { ...settles, versions })
  await script.ask(
    metadata,
    'all topics',
    { topics: null },
    {
      ...settles,
      versions: script.versions(metadata, { from: 1 }),
    },
  )
  await script.ask(metadata, 'unknown, created', (_, version) => ({
    topics: [{ name: `topics.auto.${version}` }],
  }))
  await awaitTopic(script, 'topics.auto.12')
  const byId = { ...settles, versions: script.versions(metadata, { from: 10 }) }
  await script.ask(
    metadata,
    'by id',
    (side) => ({ topics: [{ name: null, topicId: side.topicId('topics.described') }] }),
    byId,
  )
  await script.ask(
    metadata,
    'by id and name',
    (side) => {
      return { topics: [{ name: 'topics.other', topicId: side.topicId('topics.described') }] }
    },
    byId,
  )
  await script.ask(metadata, 'unknown id', { topics: [{ name: null, topicId: unknownId }] }, byId)
  await script.ask(metadata, 'neither id nor name', { topics: [{ name: null }] }, byId)
  await describePages(script)
}

async function describePages(script: Script): Promise<void> {
  const topics = [{ name: 'topics.described' }, { name: 'topics.other' }]
  const settles = { settles: true }
  const api = describeTopicPartitions
  await script.ask(api, 'two topics', { topics }, settles)
  await script.ask(api, 'two topics the other way', { topics: topics.toReversed() }, settles)
  for (const responsePartitionLimit of [1, 2, 3, 4, 0, -1]) {
    const body = { topics, responsePartitionLimit }
    await script.ask(api, `at most ${responsePartitionLimit}`, body, settles)
  }
  for (const cursor of [
    { topicName: 'topics.described', partitionIndex: 1 },
    { topicName: 'topics.described', partitionIndex: 9 },
    { topicName: 'topics.described', partitionIndex: -1 },
    { topicName: 'topics.other', partitionIndex: 0 },
    { topicName: 'topics.e', partitionIndex: 0 },
    { topicName: 'zzz', partitionIndex: 0 },
  ]) {
    const label = `from ${cursor.topicName} ${cursor.partitionIndex}`
    await script.ask(api, label, { topics, cursor }, settles)
    await script.ask(api, `${label}, one`, { topics, cursor, responsePartitionLimit: 1 }, settles)
  }
  await script.ask(api, 'unknown', { topics: [{ name: 'topics.absent' }] }, settles)
  await script.ask(api, 'bad name', { topics: [{ name: 'a b' }] }, settles)
}

async function grow(script: Script): Promise<void> {
  const counts: Readonly<Record<string, number>> = {
    fewer: 1,
    'as many': 2,
    more: 3,
    none: 0,
    negative: -1,
    'far too many': 2_000_000_000,
  }
  for (const [label, count] of Object.entries(counts)) {
    for (const validateOnly of [true, false]) {
      for (const version of script.versions(createPartitions)) {
        const name = `grow.${label.replaceAll(' ', '-')}.${version}`
        if (validateOnly) await makeTopic(script, name, { partitions: 2 })
        const body = { topics: [{ name, count }], timeoutMs, validateOnly }
        const step = validateOnly ? `only validated: ${label}` : label
        await script.ask(createPartitions, step, body, { versions: [version] })
      }
    }
  }
  await makeTopic(script, 'grow.assigned', { partitions: 2 })
  const validateOnly = true
  const assignments = {
    right: [{ brokerIds: [1] }],
    'too few': [],
    'too many': [{ brokerIds: [1] }, { brokerIds: [1] }],
    'an unknown broker': [{ brokerIds: [5] }],
    'one broker twice': [{ brokerIds: [1, 1] }],
    nobody: [{ brokerIds: [] }],
  }
  for (const [label, list] of Object.entries(assignments)) {
    const topics = [{ name: 'grow.assigned', count: 3, assignments: list }]
    const body = { topics, timeoutMs, validateOnly }
    await script.ask(createPartitions, `assignment: ${label}`, body)
  }
  for (const name of ['grow.absent', '', 'a b']) {
    const body = { topics: [{ name, count: 3 }], timeoutMs }
    await script.ask(createPartitions, `not there: '${name}'`, body)
  }
  const topics = [
    { name: 'grow.assigned', count: 3 },
    { name: 'grow.assigned', count: 4 },
  ]
  await script.ask(createPartitions, 'one topic twice', { topics, timeoutMs })
  await script.ask(createPartitions, 'no topics', { topics: [], timeoutMs })
}

async function remove(script: Script): Promise<void> {
  for (const version of script.versions(deleteTopics)) {
    const name = `deleted.${version}`
    await makeTopic(script, name)
    const body = { topics: [{ name }], topicNames: [name], timeoutMs }
    await script.ask(deleteTopics, 'by name', body, { versions: [version] })
    await script.ask(deleteTopics, 'deleted already', body, { versions: [version] })
    await awaitNoTopic(script, name)
    await makeTopic(script, name)
  }
  for (const name of ['deleted.absent', '', 'a b']) {
    const body = { topics: [{ name }], topicNames: [name], timeoutMs }
    await script.ask(deleteTopics, `not there: '${name}'`, body)
  }
  const none = { topics: [], topicNames: [], timeoutMs }
  await script.ask(deleteTopics, 'no topics', none)
  const twice = ['deleted.5', 'deleted.5']
  const topics = twice.map((name) => ({ name }))
  await script.ask(deleteTopics, 'one topic twice', { topics, topicNames: twice, timeoutMs })
  const versions = script.newest(deleteTopics)
  await script.ask(
    deleteTopics,
    'by id',
    (side) => ({ topics: [{ topicId: side.topicId('deleted.4') }], timeoutMs }),
    { versions },
  )
  const unknown = { topics: [{ topicId: unknownId }], timeoutMs }
  await script.ask(deleteTopics, 'by an unknown id', unknown, { versions })
  await script.ask(
    deleteTopics,
    'by id and name',
    (side) => {
      return { topics: [{ name: 'deleted.3', topicId: side.topicId('deleted.3') }], timeoutMs }
    },
    { versions },
  )
  await script.ask(deleteTopics, 'by nothing', { topics: [{}], timeoutMs }, { versions })
  await script.ask(
    deleteTopics,
    'by name, and again by id',
    (side) => {
      const topicId = side.topicId('deleted.2')
      return { topics: [{ name: 'deleted.2' }, { topicId }], timeoutMs }
    },
    { versions },
  )
}

export const topicSessions = {
  'topics are created': create,
  'topics are described': describe,
  'topics are given partitions': grow,
  'topics are deleted': remove,
}
