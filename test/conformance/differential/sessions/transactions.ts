/** Transactions: producers that begin, write, commit offsets, end, and what is refused. */

import { addOffsetsToTxn } from '../../../../src/protocol/add-offsets-to-txn.ts'
import { addPartitionsToTxn } from '../../../../src/protocol/add-partitions-to-txn.ts'
import { describeProducers } from '../../../../src/protocol/describe-producers.ts'
import { describeTransactions } from '../../../../src/protocol/describe-transactions.ts'
import { endTxn } from '../../../../src/protocol/end-txn.ts'
import { fetch } from '../../../../src/protocol/fetch.ts'
import { initProducerId } from '../../../../src/protocol/init-producer-id.ts'
import { listOffsets } from '../../../../src/protocol/list-offsets.ts'
import { listTransactions } from '../../../../src/protocol/list-transactions.ts'
import { offsetFetch } from '../../../../src/protocol/offset-fetch.ts'
import { produce } from '../../../../src/protocol/produce.ts'
import { txnOffsetCommit } from '../../../../src/protocol/txn-offset-commit.ts'
import { writeTxnMarkers } from '../../../../src/protocol/write-txn-markers.ts'
import type { Answers, Script } from '../script.ts'
import type { Side } from '../side.ts'
import { makeTopic, plainBatch, produceBody } from './fixtures.ts'

const topic = 'txn.topic'
const settles = { settles: true }
const concurrentTransactions = 51
/** Markers are written a moment after the answer; until then a request is to be sent again. */
const until = ({ errorCode }: { readonly errorCode: number }) =>
  errorCode !== concurrentTransactions

interface Given {
  readonly producerId: number
  readonly producerEpoch: number
}
type Producer = Answers<Given>

async function producer(script: Script, transactionalId: string, label: string): Promise<Producer> {
  const body = { transactionalId, transactionTimeoutMs: 60_000 }
  const versions = script.newest(initProducerId)
  return await script.ask(initProducerId, label, body, { versions, until })
}

function idsOf(given: Producer, side: Side): Given {
  return given[side.name] ?? { producerId: -1, producerEpoch: -1 }
}

const inits: Readonly<Record<string, object>> = {
  'no transactional id': {},
  'an empty transactional id': { transactionalId: '' },
  'no timeout': { transactionalId: 'txn.a', transactionTimeoutMs: 0 },
  'a negative timeout': { transactionalId: 'txn.a', transactionTimeoutMs: -1 },
  'a timeout too long': { transactionalId: 'txn.a', transactionTimeoutMs: 900_001 },
  'the longest timeout': { transactionalId: 'txn.a', transactionTimeoutMs: 900_000 },
  'an id without an epoch': { transactionalId: 'txn.b', producerId: 5 },
  'an epoch without an id': { transactionalId: 'txn.c', producerEpoch: 5 },
  'an unknown id': { transactionalId: 'txn.d', producerId: 987_654, producerEpoch: 3 },
  'an id, but not transactional': { producerId: 987_654, producerEpoch: 3 },
}

async function initialised(script: Script): Promise<void> {
  for (const [label, rest] of Object.entries(inits)) {
    const body = { transactionTimeoutMs: 60_000, ...rest }
    await script.ask(initProducerId, label, body, { until })
  }
  for (const version of script.versions(initProducerId)) {
    const transactionalId = `txn.init.${version}`
    const versions = [version]
    const body = { transactionalId, transactionTimeoutMs: 60_000 }
    await script.ask(initProducerId, 'a producer', body, { versions, until })
    const second = await script.ask(initProducerId, 'the next', body, { versions, until })
    const going = (side: Side) => ({ ...body, ...idsOf(second, side) })
    await script.ask(initProducerId, 'the same goes on', going, { versions, until })
    await script.ask(initProducerId, 'the same once more', going, { versions, until })
    const old = (side: Side) => ({ ...body, ...idsOf(second, side), producerEpoch: 0 })
    await script.ask(initProducerId, 'with an old epoch', old, { versions, until })
    const later = (side: Side) => ({ ...body, ...idsOf(second, side), producerEpoch: 90 })
    await script.ask(initProducerId, 'with an epoch to come', later, { versions, until })
  }
}

function addBody(
  transactionalId: string,
  given: Producer,
  rest: Partial<Given & { topic: string; partitions: number[] }> = {},
) {
  return (side: Side) => {
    const { topic: name = topic, partitions = [0], ...others } = rest
    const { producerId, producerEpoch } = { ...idsOf(given, side), ...others }
    return {
      v3AndBelowTransactionalId: transactionalId,
      v3AndBelowProducerId: producerId,
      v3AndBelowProducerEpoch: producerEpoch,
      v3AndBelowTopics: [{ name, partitions }],
    }
  }
}

function asBody<Rest extends object>(transactionalId: string, given: Producer, rest: Rest) {
  return (side: Side) => ({ transactionalId, ...idsOf(given, side), ...rest })
}

/** Version 1: partitions are added before they are written to. */
async function olderClients(script: Script): Promise<void> {
  await makeTopic(script, topic, { partitions: 3 })
  const id = 'txn.one'
  const first = await producer(script, id, 'a producer to be fenced')
  const given = await producer(script, id, 'a producer')
  const adds = script.versions(addPartitionsToTxn, { to: 3 })
  const add = async (label: string, rest: Parameters<typeof addBody>[2] = {}, as = given) => {
    await script.ask(addPartitionsToTxn, label, addBody(id, as, rest), {
      versions: adds,
      until: settled,
    })
  }
  await writes(script, id, given, 'before it was added')
  await describe(script, id, 'before it began')
  await add('a partition')
  await add('a partition again')
  await add('an unknown partition', { partitions: [1, 9] })
  await add('an unknown topic', { topic: 'txn.absent' })
  await add('an internal topic', { topic: '__transaction_state' })
  await add('a fenced producer', {}, first)
  await add('a wrong epoch', { producerEpoch: 99 })
  await add('an unknown producer', { producerId: 876_543 })
  const unknown = addBody('txn.absent', given)
  await script.ask(addPartitionsToTxn, 'an unknown transactional id', unknown, { versions: adds })
  await script.ask(addPartitionsToTxn, 'no transactional id', addBody('', given), {
    versions: adds,
  })
  await describe(script, id, 'under way')
  await writes(script, id, given, 'in a transaction')
  await addsOffsets(script, id, given, first)
  await looks(script, 'under way')
  for (const committed of [true, false]) await ends(script, id, { given, first, committed })
  await describe(script, id, 'in the end')
  await looks(script, 'in the end')
}

function settled(answer: {
  readonly resultsByTopicV3AndBelow: readonly {
    readonly resultsByPartition: readonly { readonly partitionErrorCode: number }[]
  }[]
}): boolean {
  return answer.resultsByTopicV3AndBelow.every(({ resultsByPartition }) => {
    return resultsByPartition.every(
      ({ partitionErrorCode }) => partitionErrorCode !== concurrentTransactions,
    )
  })
}

async function writes(script: Script, id: string, given: Producer, when: string): Promise<void> {
  const batch = (rest: object) => (side: Side) => {
    return plainBatch(['a', 'b'], {
      ...idsOf(given, side),
      baseSequence: 0,
      isTransactional: true,
      ...rest,
    })
  }
  const versions = script.versions(produce, { to: 11 })
  const ask = async (
    label: string,
    rest: object,
    transactionalId: string | null,
    partition = 0,
  ) => {
    const body = produceBody(topic, batch(rest), { transactionalId, partition })
    await script.ask(produce, `${label}, ${when}`, body, { versions })
  }
  await ask('a batch', {}, id)
  await ask('a partition that was not added', {}, id, 2)
  await ask('a batch that is not transactional', { isTransactional: false }, id)
  await ask('no transactional id', {}, null)
  await ask('an unknown transactional id', {}, 'txn.absent')
}

async function addsOffsets(
  script: Script,
  id: string,
  given: Producer,
  first: Producer,
): Promise<void> {
  const groupId = 'txn.group'
  const offsets = (rest: object = {}) =>
    asBody(id, given, {
      groupId,
      topics: [
        {
          name: topic,
          partitions: [{ partitionIndex: 0, committedOffset: 8, committedMetadata: 'm' }],
        },
      ],
      ...rest,
    })
  const versions = script.versions(txnOffsetCommit, { to: 4 })
  await script.ask(addOffsetsToTxn, 'a group', asBody(id, given, { groupId }), { until })
  await script.ask(addOffsetsToTxn, 'no group', asBody(id, given, { groupId: '' }), { until })
  await script.ask(addOffsetsToTxn, 'a fenced producer', asBody(id, first, { groupId }), { until })
  const stranger = asBody('txn.absent', given, { groupId })
  await script.ask(addOffsetsToTxn, 'an unknown transactional id', stranger, { until })
  await script.ask(txnOffsetCommit, 'offsets', offsets(), { versions })
  await script.ask(
    txnOffsetCommit,
    'of an unknown member',
    offsets({ memberId: 'nobody', generationId: 1 }),
    { versions },
  )
  await script.ask(txnOffsetCommit, 'of a generation', offsets({ generationId: 5 }), { versions })
  await script.ask(txnOffsetCommit, 'of no group', offsets({ groupId: '' }), { versions })
  await script.ask(
    txnOffsetCommit,
    'of an unknown topic',
    offsets({
      topics: [
        {
          name: 'txn.absent',
          partitions: [{ partitionIndex: 0, committedOffset: 1, committedMetadata: '' }],
        },
      ],
    }),
    { versions },
  )
  await script.ask(
    txnOffsetCommit,
    'too much metadata',
    offsets({
      topics: [
        {
          name: topic,
          partitions: [
            { partitionIndex: 1, committedOffset: 1, committedMetadata: 'm'.repeat(5000) },
          ],
        },
      ],
    }),
    { versions },
  )
  for (const requireStable of [true, false]) {
    const groups = [{ groupId, topics: null }]
    const label = requireStable ? 'stable, with open offsets' : 'with open offsets'
    await script.ask(
      offsetFetch,
      label,
      { groups, requireStable },
      { versions: script.newest(offsetFetch) },
    )
  }
}

interface End {
  readonly given: Producer
  readonly first: Producer
  readonly committed: boolean
}

async function ends(script: Script, id: string, { given, first, committed }: End): Promise<void> {
  const versions = script.versions(endTxn, { to: 4 })
  const word = committed ? 'commit' : 'abort'
  const ask = async (label: string, body: ReturnType<typeof asBody<{ committed: boolean }>>) => {
    await script.ask(endTxn, `${word} ${label}`, body, { versions, until })
  }
  await ask('of a fenced producer', asBody(id, first, { committed }))
  await ask('of an unknown transactional id', asBody('txn.absent', given, { committed }))
  await ask('of no transactional id', asBody('', given, { committed }))
  await ask('of an unknown producer', asBody(id, given, { committed, producerId: 876_543 }))
  await ask('of the transaction', asBody(id, given, { committed }))
  const newest = script.newest(describeTransactions)
  await script.ask(
    describeTransactions,
    `after: ${word}`,
    { transactionalIds: [id] },
    {
      versions: newest,
      until: ({ transactionStates }) => !/Prepare/.test(transactionStates[0]!.transactionState),
    },
  )
}

async function describe(script: Script, id: string, when: string): Promise<void> {
  const transactionalIds = [id, 'txn.absent', '']
  await script.ask(describeTransactions, when, { transactionalIds }, settles)
  const topics = [
    { name: topic, partitionIndexes: [0, 1, 2, 9] },
    { name: 'txn.absent', partitionIndexes: [0] },
  ]
  await script.ask(describeProducers, when, { topics }, settles)
  const filters = {
    all: {},
    ongoing: { stateFilters: ['Ongoing'] },
    'an unknown state': { stateFilters: ['Ongoing', 'ongoing', 'None'] },
    'an unknown producer': { producerIdFilters: [876_543] },
    'for an hour': { durationFilter: 3_600_000 },
    'for no time': { durationFilter: 0 },
    'a pattern': { transactionalIdPattern: 'txn\\.o.*' },
    'a bad pattern': { transactionalIdPattern: '(' },
    'an empty pattern': { transactionalIdPattern: '' },
  }
  for (const [label, body] of Object.entries(filters)) {
    await script.ask(listTransactions, `${label}, ${when}`, body, settles)
  }
}

/** What readers see of it. */
async function looks(script: Script, when: string): Promise<void> {
  for (const isolationLevel of [0, 1]) {
    const partitions = [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1_000_000 }]
    const label = `${isolationLevel === 1 ? 'only committed' : 'all'}, ${when}`
    const body = (side: Side) => ({
      maxWaitMs: 10,
      minBytes: 0,
      isolationLevel,
      topics: [{ topic, topicId: side.topicId(topic), partitions }],
    })
    await script.ask(fetch, label, body, settles)
    const asked = [{ partitionIndex: 0, timestamp: -1 }]
    await script.ask(
      listOffsets,
      label,
      { isolationLevel, topics: [{ name: topic, partitions: asked }] },
      settles,
    )
  }
}

/** Version 2 (KIP-890): a produce request adds its partition, and every end raises the epoch. */
async function newerClients(script: Script): Promise<void> {
  const id = 'txn.two'
  let given = await producer(script, id, 'a producer')
  let sequence = 0
  for (const committed of [true, false, true]) {
    const before = given
    const batch = (side: Side) => {
      return plainBatch(['a'], {
        ...idsOf(before, side),
        baseSequence: sequence,
        isTransactional: true,
      })
    }
    const versions = script.versions(produce, { from: 12 })
    await script.ask(
      produce,
      'a batch adds its partition',
      produceBody(topic, batch, { transactionalId: id, partition: 1 }),
      { versions: versions.slice(0, 1) },
    )
    await script.ask(
      txnOffsetCommit,
      'offsets add their group',
      asBody(id, before, {
        groupId: 'txn.group-two',
        topics: [
          {
            name: topic,
            partitions: [{ partitionIndex: 0, committedOffset: 8, committedMetadata: 'm' }],
          },
        ],
      }),
      { versions: script.newest(txnOffsetCommit) },
    )
    await describe(script, id, 'of a newer client')
    const ended = await script.ask(
      endTxn,
      `${committed ? 'commit' : 'abort'}, newest`,
      asBody(id, before, { committed }),
      {
        versions: script.newest(endTxn),
        until,
      },
    )
    await script.ask(
      endTxn,
      `${committed ? 'commit' : 'abort'} again`,
      asBody(id, before, { committed }),
      {
        versions: script.newest(endTxn),
        until,
      },
    )
    await script.ask(
      endTxn,
      `${committed ? 'abort' : 'commit'} after that`,
      asBody(id, before, { committed: !committed }),
      {
        versions: script.newest(endTxn),
        until,
      },
    )
    given = ended
    sequence = 0
  }
  await describe(script, id, 'of a newer client, in the end')
  await looks(script, 'of a newer client')
}

async function markers(script: Script): Promise<void> {
  const cases = {
    'an unknown topic': { name: 'txn.absent', partitionIndexes: [0] },
    'an unknown partition': { name: topic, partitionIndexes: [9] },
    'a partition without a transaction': { name: topic, partitionIndexes: [2] },
    'no partitions': { name: topic, partitionIndexes: [] },
  }
  for (const [label, one] of Object.entries(cases)) {
    for (const coordinatorEpoch of [0, -1]) {
      const marker = { producerId: 7_654_321, producerEpoch: 0, transactionResult: false }
      const body = { markers: [{ ...marker, topics: [one], coordinatorEpoch }] }
      await script.ask(writeTxnMarkers, `${label}, epoch ${coordinatorEpoch}`, body)
    }
  }
  await script.ask(writeTxnMarkers, 'no markers', { markers: [] })
}

export const transactionSessions = {
  'producers are given ids': initialised,
  'transactions of older clients': olderClients,
  'transactions of newer clients': newerClients,
  'transaction markers': markers,
}
