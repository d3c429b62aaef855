/** Fetch, ListOffsets, OffsetForLeaderEpoch and DeleteRecords over the same records. */

import { deleteRecords } from '../../../../src/protocol/delete-records.ts'
import { fetch, type FetchRequestInput } from '../../../../src/protocol/fetch.ts'
import { listOffsets } from '../../../../src/protocol/list-offsets.ts'
import { offsetForLeaderEpoch } from '../../../../src/protocol/offset-for-leader-epoch.ts'
import type { Script } from '../script.ts'
import type { Side } from '../side.ts'
import { batchOf, fill, makeTopic, plainBatch, timestamp, unknownId } from './fixtures.ts'

type Partition = Partial<FetchRequestInput['topics'][number]['partitions'][number]>
type Rest = Partial<Omit<FetchRequestInput, 'topics'>>

const settles = { settles: true }
const topic = 'read.records'

/** Ten batches of which some are compressed: offsets 0 to 33. */
async function prepare(script: Script): Promise<void> {
  await makeTopic(script, topic, { partitions: 2 })
  const batches = []
  for (let index = 0; index < 10; index++) {
    const values = Array.from(
      { length: 3 + (index % 2) },
      (_, at) => `${index}.${at} ${'x'.repeat(40)}`,
    )
    batches.push(
      index % 3 === 0 ? await batchOf(values, { compression: 'gzip' }) : plainBatch(values),
    )
  }
  await fill(script, topic, batches)
}

function fetchBody(partitions: readonly Partition[], rest: Rest = {}, name = topic) {
  return (side: Side): FetchRequestInput => ({
    maxWaitMs: 50,
    minBytes: 0,
    ...rest,
    topics: [
      {
        topic: name,
        topicId: side.knowsTopic(name) ? side.topicId(name) : unknownId,
        partitions: partitions.map((given) => {
          return { partition: 0, fetchOffset: 0, partitionMaxBytes: 1_000_000, ...given }
        }),
      },
    ],
  })
}

const fetches: Readonly<Record<string, readonly [readonly Partition[], Rest?]>> = {
  all: [[{}]],
  'two partitions': [[{}, { partition: 1 }]],
  'one partition twice': [[{}, {}]],
  'in the middle of a batch': [[{ fetchOffset: 5 }]],
  'the last record': [[{ fetchOffset: 34 }]],
  'the end': [[{ fetchOffset: 35 }]],
  'beyond the end': [[{ fetchOffset: 36 }]],
  'negative offset': [[{ fetchOffset: -1 }]],
  'offset -2': [[{ fetchOffset: -2 }]],
  'an unknown partition': [[{ partition: 9 }]],
  'a negative partition': [[{ partition: -1 }]],
  'no bytes of a partition': [[{ partitionMaxBytes: 0 }]],
  'one byte of a partition': [[{ partitionMaxBytes: 1 }]],
  'negative bytes of a partition': [[{ partitionMaxBytes: -1 }]],
  'less than two batches of a partition': [[{ partitionMaxBytes: 300 }]],
  'no bytes': [[{}], { maxBytes: 0 }],
  'one byte': [[{}], { maxBytes: 1 }],
  'one byte of two partitions': [[{ partition: 1 }, {}], { maxBytes: 1 }],
  'negative bytes': [[{}], { maxBytes: -1 }],
  'less than two batches': [[{}], { maxBytes: 300 }],
  'more than there is': [[{}], { minBytes: 1_000_000, maxWaitMs: 20 }],
  'negative wait': [[{}], { maxWaitMs: -1 }],
  'only what is committed': [[{}], { isolationLevel: 1 }],
  'isolation level 2': [[{}], { isolationLevel: 2 }],
  'isolation level -1': [[{}], { isolationLevel: -1 }],
  'the epoch': [[{ currentLeaderEpoch: 0 }]],
  'an epoch to come': [[{ currentLeaderEpoch: 1 }]],
  'epoch -2': [[{ currentLeaderEpoch: -2 }]],
  'the last epoch': [[{ lastFetchedEpoch: 0 }]],
  'a last epoch to come': [[{ lastFetchedEpoch: 3 }]],
  'no partitions': [[]],
  'a rack': [[{}], { rackId: 'here' }],
  'a follower': [[{}], { replicaId: 1, replicaState: { replicaId: 1 } }],
  'an unknown follower': [[{}], { replicaId: 7, replicaState: { replicaId: 7 } }],
  'a debugger': [[{}], { replicaId: -2, replicaState: { replicaId: -2 } }],
}

async function fetched(script: Script): Promise<void> {
  await prepare(script)
  for (const [label, [partitions, rest]] of Object.entries(fetches)) {
    await script.ask(fetch, label, fetchBody(partitions, rest), settles)
  }
  for (const name of ['read.absent', '', 'a b']) {
    await script.ask(fetch, `topic '${name}'`, fetchBody([{}], {}, name), settles)
  }
  await script.ask(fetch, 'no topics', { maxWaitMs: 0, minBytes: 0, topics: [] })
  await script.ask(fetch, 'another cluster', fetchBody([{}], { clusterId: 'other' }))
}

/** Sessions (KIP-227): their epochs, and what is forgotten. */
async function fetchSessions(script: Script): Promise<void> {
  const versions = script.versions(fetch, { from: 7 })
  const ask = async (label: string, rest: Rest): Promise<void> => {
    await script.ask(fetch, label, fetchBody([{}], rest), { versions })
  }
  await ask('final epoch', { sessionId: 0, sessionEpoch: -1 })
  await ask('a new session', { sessionId: 0, sessionEpoch: 0 })
  await ask('epoch 1 of no session', { sessionId: 0, sessionEpoch: 1 })
  await ask('an unknown session', { sessionId: 77, sessionEpoch: 1 })
  await ask('a new session instead of an unknown one', { sessionId: 77, sessionEpoch: 0 })
  await ask('an unknown session is closed', { sessionId: 77, sessionEpoch: -1 })
  const forgotten = (side: Side) => {
    const topicId = side.topicId(topic)
    const forgottenTopicsData = [{ topic, topicId, partitions: [1] }]
    return { ...fetchBody([{}])(side), forgottenTopicsData }
  }
  await script.ask(fetch, 'forgotten without a session', forgotten, { versions })
}

const times = [-1, -2, -3, -4, -5, -6, -7, 0, 1]

async function offsetsByTime(script: Script): Promise<void> {
  const body = (timestamps: readonly number[], name = topic, partition = 0) => ({
    topics: [
      {
        name,
        partitions: timestamps.map((time) => ({ partitionIndex: partition, timestamp: time })),
      },
    ],
    timeoutMs: 1000,
  })
  const all = [...times, timestamp - 1, timestamp, timestamp + 1, timestamp + 3, timestamp + 4]
  for (const time of all) {
    await script.ask(listOffsets, `time ${time}`, body([time]), settles)
    const committed = { ...body([time]), isolationLevel: 1 }
    await script.ask(listOffsets, `time ${time}, committed`, committed, settles)
    const empty = body([time], topic, 1)
    await script.ask(listOffsets, `time ${time} of an empty partition`, empty, settles)
    const unknown = body([time], 'read.absent')
    await script.ask(listOffsets, `time ${time} of an unknown topic`, unknown, settles)
  }
  await script.ask(listOffsets, 'unknown partition', body([-1], topic, 7), settles)
  await script.ask(listOffsets, 'a partition twice', body([-1, -2]), settles)
  await script.ask(listOffsets, 'no partitions', body([]), settles)
  await script.ask(listOffsets, 'no topics', { topics: [] }, settles)
  for (const currentLeaderEpoch of [0, 1, -2]) {
    const partitions = [{ partitionIndex: 0, timestamp: -1, currentLeaderEpoch }]
    const asked = { topics: [{ name: topic, partitions }] }
    await script.ask(listOffsets, `epoch ${currentLeaderEpoch}`, asked, settles)
  }
  for (const replicaId of [1, -2, 5]) {
    const asked = { ...body([-1]), replicaId }
    await script.ask(listOffsets, `replica ${replicaId}`, asked, settles)
  }
}

async function epochs(script: Script): Promise<void> {
  const api = offsetForLeaderEpoch
  for (const leaderEpoch of [0, 1, -1, -2, 100]) {
    for (const currentLeaderEpoch of [-1, 0, 1]) {
      const partitions = [
        { partition: 0, leaderEpoch, currentLeaderEpoch },
        { partition: 1, leaderEpoch, currentLeaderEpoch },
        { partition: 7, leaderEpoch, currentLeaderEpoch },
      ]
      for (const replicaId of [-1, -2]) {
        const body = { replicaId, topics: [{ topic, partitions }] }
        const label = `epoch ${leaderEpoch} of ${currentLeaderEpoch} for ${replicaId}`
        await script.ask(api, label, body, settles)
      }
    }
  }
  const partitions = [{ partition: 0, leaderEpoch: 0 }]
  await script.ask(api, 'unknown', { topics: [{ topic: 'read.absent', partitions }] }, settles)
  await script.ask(api, 'nothing', { topics: [] }, settles)
}

async function recordsDeleted(script: Script): Promise<void> {
  for (const version of script.versions(deleteRecords)) {
    const name = `read.deleted.${version}`
    await makeTopic(script, name)
    await fill(script, name, [plainBatch(['a', 'b', 'c']), plainBatch(['d', 'e', 'f'])])
    const versions = [version]
    const ask = async (offset: number, partition = 0, name_ = name): Promise<void> => {
      const partitions = [{ partitionIndex: partition, offset }]
      const body = { topics: [{ name: name_, partitions }], timeoutMs: 10_000 }
      const label = `before ${offset} of ${partition}${name_ === name ? '' : ', unknown'}`
      await script.ask(deleteRecords, label, body, { versions })
    }
    for (const offset of [0, 2, 1, 7, -2, 4]) await ask(offset)
    await ask(0, 9)
    await ask(0, 0, 'read.absent')
    await ask(0, 0, '__consumer_offsets')
    const partitions = [{ partitionIndex: 0, timestamp: -2 }]
    const begin = { topics: [{ name, partitions }] }
    await script.ask(listOffsets, 'after records were deleted', begin, settles)
    for (const fetchOffset of [0, 3, 4, 6]) {
      const label = `from ${fetchOffset} after records were deleted`
      await script.ask(fetch, label, fetchBody([{ fetchOffset }], {}, name), {
        ...settles,
        versions: script.newest(fetch),
      })
    }
    await ask(-1)
    await script.ask(listOffsets, 'after all were deleted', begin, settles)
    const none = { topics: [], timeoutMs: 1000 }
    await script.ask(deleteRecords, 'nothing', none, { versions })
  }
}

export const readSessions = {
  'records are fetched': fetched,
  'fetch sessions': fetchSessions,
  'offsets are found by time': offsetsByTime,
  'offsets are found by leader epoch': epochs,
  'records are deleted': recordsDeleted,
}
