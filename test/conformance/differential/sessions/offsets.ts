/** Committed offsets of groups that nobody is a member of. */

import { deleteGroups } from '../../../../src/protocol/delete-groups.ts'
import { findCoordinator } from '../../../../src/protocol/find-coordinator.ts'
import {
  offsetCommit,
  type OffsetCommitRequestInput,
} from '../../../../src/protocol/offset-commit.ts'
import { offsetDelete } from '../../../../src/protocol/offset-delete.ts'
import { offsetFetch } from '../../../../src/protocol/offset-fetch.ts'
import type { Script } from '../script.ts'
import type { Side } from '../side.ts'
import { makeTopic, unknownId } from './fixtures.ts'

type Commit = Partial<Omit<OffsetCommitRequestInput, 'topics'>>
type Partition = Partial<OffsetCommitRequestInput['topics'][number]['partitions'][number]>

const topic = 'offsets.topic'
const settles = { settles: true }

function idOf(side: Side, name: string): string {
  return side.knowsTopic(name) ? side.topicId(name) : unknownId
}

function commitBody(
  groupId: string,
  partitions: readonly Partition[],
  rest: Commit & { readonly name?: string } = {},
) {
  const { name = topic, ...others } = rest
  return (side: Side): OffsetCommitRequestInput => ({
    groupId,
    memberId: '',
    ...others,
    topics: [
      {
        name,
        topicId: idOf(side, name),
        partitions: partitions.map((given) => {
          return { partitionIndex: 0, committedOffset: 5, committedMetadata: 'm', ...given }
        }),
      },
    ],
  })
}

interface Asked {
  readonly name: string
  readonly partitionIndexes: readonly number[]
}

function fetchBody(groupId: string, asked: readonly Asked[] | null) {
  return (side: Side, version: number) => {
    const list = asked ?? (version < 2 ? [] : null)
    const topics = list?.map(({ name, partitionIndexes }) => {
      return { name, topicId: idOf(side, name), partitionIndexes }
    })
    return { groupId, topics: topics ?? null, groups: [{ groupId, topics: topics ?? null }] }
  }
}

const commits: Readonly<
  Record<string, readonly [readonly Partition[], (Commit & { name?: string })?]>
> = {
  'an offset': [[{}]],
  'two partitions': [[{}, { partitionIndex: 1, committedOffset: 7 }]],
  'an unknown partition': [[{ partitionIndex: 9 }]],
  'a negative partition': [[{ partitionIndex: -1 }]],
  'offset -1': [[{ committedOffset: -1 }]],
  'offset -2': [[{ committedOffset: -2 }]],
  'no metadata': [[{ committedMetadata: null }]],
  'as much metadata as there may be': [[{ committedMetadata: 'm'.repeat(4096) }]],
  'too much metadata': [[{ committedMetadata: 'm'.repeat(4097) }]],
  'too much in one of two': [[{ committedMetadata: 'm'.repeat(4097) }, { partitionIndex: 1 }]],
  'a leader epoch': [[{ committedLeaderEpoch: 3 }]],
  'leader epoch -2': [[{ committedLeaderEpoch: -2 }]],
  'an unknown topic': [[{}], { name: 'offsets.absent' }],
  'no topic': [[{}], { name: '' }],
  'a bad name': [[{}], { name: 'a b' }],
  'no partitions': [[]],
  'a partition twice': [[{ committedOffset: 1 }, { committedOffset: 2 }]],
  'a generation': [[{}], { generationIdOrMemberEpoch: 1 }],
  'generation 0': [[{}], { generationIdOrMemberEpoch: 0 }],
  'generation -2': [[{}], { generationIdOrMemberEpoch: -2 }],
  'a member': [[{}], { memberId: 'nobody' }],
  'a member and a generation': [[{}], { memberId: 'nobody', generationIdOrMemberEpoch: 1 }],
  'an instance': [[{}], { groupInstanceId: 'i' }],
  'an instance and a member': [[{}], { groupInstanceId: 'i', memberId: 'nobody' }],
  'a retention time': [[{}], { retentionTimeMs: 1000 }],
}

async function simple(script: Script): Promise<void> {
  await makeTopic(script, topic, { partitions: 2 })
  const asked = [{ name: topic, partitionIndexes: [0, 1, 2, -1] }]
  for (const [label, [partitions, rest]] of Object.entries(commits)) {
    const groupId = `offsets.${label.replaceAll(' ', '-')}`
    await script.ask(offsetCommit, label, commitBody(groupId, partitions, rest))
    await script.ask(offsetFetch, `after: ${label}`, fetchBody(groupId, asked), settles)
  }
  await script.ask(offsetCommit, 'no group', commitBody('', [{}]))
  await script.ask(offsetCommit, 'no topics', { groupId: 'g', memberId: '', topics: [] })
}

async function fetched(script: Script): Promise<void> {
  const group = 'offsets.two-partitions'
  const questions: Readonly<Record<string, readonly Asked[] | null>> = {
    everything: null,
    nothing: [],
    'no partitions': [{ name: topic, partitionIndexes: [] }],
    'a partition twice': [{ name: topic, partitionIndexes: [0, 0] }],
    'an unknown topic': [{ name: 'offsets.absent', partitionIndexes: [0] }],
    'a bad name': [{ name: 'a b', partitionIndexes: [0] }],
  }
  for (const [label, asked] of Object.entries(questions)) {
    for (const name of [group, 'offsets.no-such-group', '']) {
      const step = `${label} of '${name}'`
      await script.ask(offsetFetch, step, fetchBody(name, asked), settles)
      const stable = (side: Side, version: number) => {
        return { ...fetchBody(name, asked)(side, version), requireStable: true }
      }
      const versions = script.versions(offsetFetch, { from: 7 })
      await script.ask(offsetFetch, `${step}, stable`, stable, { ...settles, versions })
    }
  }
  const versions = script.versions(offsetFetch, { from: 8 })
  const groups = [
    { groupId: group, topics: null },
    { groupId: 'offsets.an-offset', topics: null },
    { groupId: 'offsets.absent', topics: null },
  ]
  await script.ask(offsetFetch, 'three groups', { groups }, { ...settles, versions })
  const twice = [groups[0]!, groups[0]!]
  await script.ask(offsetFetch, 'one group twice', { groups: twice }, { ...settles, versions })
  await script.ask(offsetFetch, 'no groups', { groups: [] }, { ...settles, versions })
  for (const memberEpoch of [-1, 0, 3]) {
    const members = [{ ...groups[0]!, memberId: 'nobody', memberEpoch }]
    const label = `as a member of epoch ${memberEpoch}`
    const from9 = script.versions(offsetFetch, { from: 9 })
    await script.ask(offsetFetch, label, { groups: members }, { ...settles, versions: from9 })
  }
}

async function deleted(script: Script): Promise<void> {
  const group = 'offsets.to-delete'
  await script.ask(
    offsetCommit,
    'offsets to delete',
    commitBody(group, [{}, { partitionIndex: 1 }]),
    {
      versions: script.newest(offsetCommit),
    },
  )
  const ask = async (label: string, groupId: string, name: string, indexes: readonly number[]) => {
    const partitions = indexes.map((partitionIndex) => ({ partitionIndex }))
    await script.ask(offsetDelete, label, { groupId, topics: [{ name, partitions }] })
  }
  await ask('one of two', group, topic, [0])
  await ask('the same again', group, topic, [0])
  await ask('an unknown partition', group, topic, [9])
  await ask('a partition twice', group, topic, [1, 1])
  await ask('an unknown topic', group, 'offsets.absent', [0])
  await ask('no partitions', group, topic, [])
  await ask('an unknown group', 'offsets.absent', topic, [0])
  await ask('no group', '', topic, [0])
  await script.ask(offsetDelete, 'no topics', { groupId: group, topics: [] })
  for (const version of script.versions(deleteGroups)) {
    const name = `offsets.group.${version}`
    const newest = { versions: script.newest(offsetCommit) }
    await script.ask(offsetCommit, 'a group to delete', commitBody(name, [{}]), newest)
    const versions = [version]
    const groups = { groupsNames: [name] }
    await script.ask(deleteGroups, 'a group', groups, { versions })
    await script.ask(deleteGroups, 'a group that was deleted', groups, { versions })
    for (const label of ['offsets.absent', '']) {
      await script.ask(deleteGroups, `group '${label}'`, { groupsNames: [label] }, { versions })
    }
    await script.ask(deleteGroups, 'no groups', { groupsNames: [] }, { versions })
    await script.ask(deleteGroups, 'a group twice', { groupsNames: ['x', 'x'] }, { versions })
  }
}

async function coordinators(script: Script): Promise<void> {
  for (const keyType of [0, 1, 2, 3, -1]) {
    for (const key of ['a', '', 'a b', 'å']) {
      const body = { key, keyType, coordinatorKeys: [key] }
      // Version 0 knows groups only.
      const versions = script.versions(findCoordinator, { from: keyType === 0 ? 0 : 1 })
      await script.ask(findCoordinator, `'${key}' of type ${keyType}`, body, {
        versions,
        ...settles,
      })
    }
  }
  const versions = script.versions(findCoordinator, { from: 4 })
  for (const coordinatorKeys of [[], ['a', 'b'], ['a', 'a'], ['a', '']]) {
    const label = `keys ${JSON.stringify(coordinatorKeys)}`
    await script.ask(
      findCoordinator,
      label,
      { keyType: 0, coordinatorKeys },
      { versions, ...settles },
    )
  }
}

export const offsetSessions = {
  'offsets are committed': simple,
  'offsets are fetched': fetched,
  'offsets and groups are deleted': deleted,
  'coordinators are found': coordinators,
}
