/**
 * What a client of the fuzzer knows: names that mean something to the broker, and what answers told
 * of ids, epochs and offsets. Without it no request would get beyond the first check.
 */

import type { SeededRandom } from '../../support/random.ts'

/** Values by the name of their field; the newest last. */
export type Knowledge = Map<string, unknown[]>

/** Below this name are values that are never learnt, such as the id of a topic of somebody else. */
export const secret = 'secret'

const rememberedMax = 40

/** Fields that hold the same thing under another name. */
const synonyms: Readonly<Record<string, string>> = {
  topic: 'topicName',
  topicNames: 'topicName',
  subscribedTopicNames: 'topicName',
  subscribedTopicRegex: 'topicRegex',
  partitions: 'partition',
  partitionIndex: 'partition',
  partitionIndexes: 'partition',
  index: 'partition',
  groupIds: 'groupId',
  groups: 'groupId',
  groupsNames: 'groupId',
  coordinatorKeys: 'groupId',
  key: 'groupId',
  groupInstanceId: 'instanceId',
  generationIdOrMemberEpoch: 'memberEpoch',
  generationId: 'memberEpoch',
  v3AndBelowProducerId: 'producerId',
  v3AndBelowProducerEpoch: 'producerEpoch',
  v3AndBelowTransactionalId: 'transactionalId',
  producerIdFilters: 'producerId',
  transactionalIds: 'transactionalId',
  committedOffset: 'offset',
  fetchOffset: 'offset',
  baseOffset: 'offset',
  highWatermark: 'offset',
  nextOffset: 'offset',
  lowWatermark: 'offset',
  resourceName: 'topicName',
  brokerIds: 'nodeId',
  replicas: 'nodeId',
}

/** `name` below `parent` means topics here and configs there. */
export function subjectOf(name: string, parent: string): string {
  if (name === 'name' && parent === 'configs') return 'configName'
  if (name === 'name' && parent === 'protocols') return 'protocolName'
  if (name === 'name') return 'topicName'
  if (name === 'value' && parent === 'configs') return 'configValue'
  if (name === 'key' && parent === 'ops') return 'quotaName'
  return synonyms[name] ?? name
}

const named: Readonly<Record<string, readonly unknown[]>> = {
  topicName: [
    't1',
    't2',
    't3',
    't4',
    'compacted',
    '__consumer_offsets',
    '__transaction_state',
    '..',
  ],
  topicRegex: ['t.*', '.*', '(?i)T[12]', '(a+)+$', '(', 't1|t2'],
  partition: [0, 0, 0, 1, 2, -1, 2 ** 31 - 1],
  groupId: ['g1', 'g2', 'g3', 'consumer-1', 'consumer-2', ''],
  instanceId: [null, null, 'i1', 'i2'],
  transactionalId: ['x1', 'x2', 'x3', null],
  memberId: ['', '', 'unknown'],
  memberEpoch: [0, -1, -2, 1, 2],
  producerId: [-1, 0, 1, 2],
  producerEpoch: [0, -1, 1, 32_767],
  protocolType: ['consumer', 'consumer', 'connect'],
  protocolName: ['range', 'roundrobin', 'sticky'],
  serverAssignor: [null, 'uniform', 'range', 'none'],
  configName: [
    'cleanup.policy',
    'retention.ms',
    'retention.bytes',
    'segment.bytes',
    'max.message.bytes',
    'message.timestamp.type',
    'min.cleanable.dirty.ratio',
    'delete.retention.ms',
    'compression.type',
    '__proto__',
  ],
  configValue: [
    'compact',
    'delete',
    'compact,delete',
    '1',
    '-1',
    '1048576',
    'LogAppendTime',
    null,
    'zstd',
  ],
  configOperation: [0, 1, 2, 3],
  acks: [-1, -1, 1, 0],
  numPartitions: [1, 3, -1, 0],
  count: [2, 3, 5],
  replicationFactor: [1, -1],
  nodeId: [1, 1, 0],
  timeoutMs: [1000, 0],
  sessionTimeoutMs: [10_000, 6000, 100],
  rebalanceTimeoutMs: [300, 1000, -1],
  transactionTimeoutMs: [60_000, 100, 1],
  maxWaitMs: [0, 20, 300],
  minBytes: [0, 1, 2 ** 31 - 1],
  maxBytes: [1024, 1024 * 1024, 2 ** 31 - 1],
  partitionMaxBytes: [1024, 1024 * 1024, 2 ** 31 - 1, 0],
  offset: [0, 1, 5, -1],
  timestamp: [-1, -2, -3, 0, 1_700_000_000_000],
  sessionId: [0, 0, 1],
  sessionEpoch: [-1, 0, 1],
  replicaId: [-1],
  currentLeaderEpoch: [-1, 0],
  leaderEpoch: [0, -1],
  lastFetchedEpoch: [-1],
  committedLeaderEpoch: [-1, 0],
  isolationLevel: [0, 1],
  keyType: [0, 1],
  resourceType: [2, 2, 4, 3, 1],
  resourcePatternType: [3, 4],
  patternTypeFilter: [1, 2, 3],
  permissionType: [2, 3, 1],
  operation: [2, 3, 4, 5, 8, 11],
  host: ['*', '127.0.0.1'],
  principal: ['User:nobody', 'User:u1'],
  principalFilter: [null, 'User:u1'],
  mechanism: ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512', 'GSSAPI'],
  iterations: [4096, 8192],
  electionType: [0, 1],
  transactionVersion: [0, 1, 2],
  coordinatorEpoch: [0, 1],
  clientSoftwareName: ['fuzzer'],
  clientSoftwareVersion: ['1.0'],
  clusterId: [null],
  rackId: [null, 'r1'],
  transactionalIdPattern: [null, 'x.*', '(a+)+$'],
  topicId: [],
  // A quota for everybody would slow down the client whose health is watched.
  entityType: ['user', 'client-id'],
  entityName: ['u1', 'fuzzed-client'],
  quotaName: ['producer_byte_rate', 'consumer_byte_rate', 'request_percentage'],
  stateFilters: ['Ongoing', 'Empty'],
  statesFilter: ['Stable', 'Empty'],
  typesFilter: ['consumer', 'classic'],
  feature: ['transaction.version', 'group.version'],
  upgradeType: [1, 2, 3],
}

/** Takes what an answer says into `known`. */
export function learn(known: Knowledge, answer: unknown, name = '', parent = ''): void {
  if (answer === null || answer === undefined || answer instanceof Uint8Array) return
  if (Array.isArray(answer)) {
    for (const item of answer.slice(0, 20)) learn(known, item, name, parent)
    return
  }
  if (typeof answer === 'object') {
    if (isOfHealthyClient(answer)) return
    for (const [field, value] of Object.entries(answer)) learn(known, value, field, name)
    return
  }
  const subject = subjectOf(name, parent)
  if (!learnt.has(subject) || answer === '' || answer === -1) return
  if (known.get(secret)?.includes(answer)) return
  const values = known.get(subject) ?? []
  known.set(subject, values)
  values.push(answer)
  if (values.length > rememberedMax) values.shift()
}

/** Of topics and groups whose owner does nothing wrong, bad clients shall not know. */
function isOfHealthyClient(answer: object): boolean {
  return Object.values(answer).some(
    (value) => typeof value === 'string' && value.startsWith('healthy'),
  )
}

const learnt: ReadonlySet<string> = new Set([
  'memberId',
  'memberEpoch',
  'topicId',
  'producerId',
  'producerEpoch',
  'offset',
  'protocolName',
  'sessionId',
])

/** Returns a value that means something, if there is one; mostly the newest that was learnt. */
export function meaningful(known: Knowledge, subject: string, random: SeededRandom): unknown {
  const values = known.get(subject)
  if (values && values.length > 0 && random.below(4) > 0) {
    return random.below(3) > 0 ? values.at(-1) : random.pick(values)
  }
  const choices = named[subject]
  if (choices && choices.length > 0) return random.pick(choices)
  return values && values.length > 0 ? random.pick(values) : undefined
}
