import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ScriptedBroker, settled, topicId } from '../../../test/support/scripted-broker.ts'
import { zeroUuid } from '../../bytes/uuid.ts'
import { errorCodes, type ErrorName } from '../../protocol/error-codes.ts'
import { findCoordinator } from '../../protocol/find-coordinator.ts'
import { offsetCommit, type OffsetCommitRequest } from '../../protocol/offset-commit.ts'
import { OffsetCommitter, type Committable } from './offset-committer.ts'

class Rig {
  readonly broker = new ScriptedBroker()
  /** Each commit: `epoch partition@offset …`. */
  readonly commits: string[] = []
  readonly errors: ErrorName[] = []
  epoch = 1
  renewals = 0
  held: (() => void)[] | undefined
  readonly committer: OffsetCommitter

  constructor() {
    this.broker
      .on(findCoordinator, ({ coordinatorKeys: [key = ''] }) => ({
        coordinators: [{ key, nodeId: 1, host: 'broker-1', port: 9092, errorCode: 0 }],
      }))
      .on(offsetCommit, (request) => this.#commit(request))
    this.committer = new OffsetCommitter(this.broker.cluster(), {
      current: () => ({ group: 'g', memberId: 'm', memberEpoch: this.epoch }),
      renewed: async () => {
        this.renewals++
        this.epoch++
      },
      confirmed: async () => {},
    })
  }

  async #commit({ topics, generationIdOrMemberEpoch: epoch }: OffsetCommitRequest) {
    const [topic] = topics
    const offsets = topic!.partitions.map(
      ({ partitionIndex, committedOffset }) => `${partitionIndex}@${committedOffset}`,
    )
    const id = topic!.topicId === zeroUuid ? '' : ` of ${topic!.topicId}`
    this.commits.push(`${epoch} ${offsets.join(' ')}${id}`)
    const { held } = this
    if (held) await new Promise<void>((resolve) => held.push(resolve))
    const errorCode = errorCodes[this.errors.shift() ?? 'NONE']
    const partitions = topic!.partitions.map(({ partitionIndex }) => ({
      partitionIndex,
      errorCode,
    }))
    return { topics: [{ ...topic!, partitions }] }
  }
}

const partition = (number: number): Committable => ({
  topic: 'orders',
  partition: number,
  state: 'owned',
  committed: undefined,
  topicId: undefined,
  round: 0,
})

test('commits of one turn share a request, with the last offset of each partition', async () => {
  const rig = new Rig()
  const [a, b] = [partition(0), partition(1)]
  await Promise.all([
    rig.committer.commit(a, 5),
    rig.committer.commit(b, 7),
    rig.committer.commit(a, 6),
    rig.committer.commit(a, 4),
  ])
  assert.deepEqual(rig.commits, ['1 0@6 1@7'])
  assert.equal(a.committed, 6)
})

test('one request is under way at a time; what comes meanwhile goes into the next', async () => {
  const rig = new Rig()
  const a = partition(0)
  rig.held = []
  const first = rig.committer.commit(a, 1)
  await settled()
  const others = [2, 3, 4].map((offset) => rig.committer.commit(a, offset))
  await settled()
  assert.deepEqual(rig.commits, ['1 0@1'])
  rig.held.shift()!()
  await first
  await settled()
  assert.deepEqual(rig.commits, ['1 0@1', '1 0@4'])
  rig.held.shift()!()
  await Promise.all(others)
})

test('an offset is not committed twice, nor taken back', async () => {
  const rig = new Rig()
  const a = partition(0)
  await rig.committer.commit(a, 5)
  await rig.committer.commit(a, 5)
  await rig.committer.commit(a, 3)
  assert.deepEqual(rig.commits, ['1 0@5'])
})

test('a commit after a seek counts, though one from before is under way or waiting', async () => {
  const rig = new Rig()
  const a: { -readonly [Field in keyof Committable]: Committable[Field] } = partition(0)
  rig.held = []
  const commits = [rig.committer.commit(a, 7)]
  await settled()
  commits.push(rig.committer.commit(a, 8))
  Object.assign(a, { round: 1, committed: undefined })
  commits.push(rig.committer.commit(a, 3))
  rig.held.shift()!()
  await settled()
  rig.held.shift()!()
  await Promise.all(commits)
  assert.deepEqual(rig.commits, ['1 0@7', '1 0@3'])
  assert.equal(a.committed, 3)
})

test('a commit under an old epoch is made again under the new one', async () => {
  const rig = new Rig()
  rig.errors.push('STALE_MEMBER_EPOCH', 'STALE_MEMBER_EPOCH')
  await rig.committer.commit(partition(0), 5)
  assert.deepEqual(rig.commits, ['1 0@5', '2 0@5', '3 0@5'])
})

test('a commit that fails is told to all who share it, and may be made again', async () => {
  const rig = new Rig()
  const a = partition(0)
  rig.errors.push('GROUP_AUTHORIZATION_FAILED')
  const commits = [rig.committer.commit(a, 1), rig.committer.commit(a, 2)]
  for (const commit of commits) await assert.rejects(commit, { code: 'unauthorized' })
  await rig.committer.commit(a, 2)
  assert.equal(a.committed, 2)
})

test('a partition that is gone cannot be committed', async () => {
  const rig = new Rig()
  const gone: Committable = { ...partition(0), state: 'gone' }
  const expected = { code: 'rebalance_in_progress', topic: 'orders', partition: 0 }
  await assert.rejects(rig.committer.commit(gone, 1), expected)
  rig.committer.close()
  await assert.rejects(rig.committer.commit(partition(0), 1), { code: 'closed' })
  assert.deepEqual(rig.commits, [])
})

// Else an old offset and a new one of the same partition go into one request, in any order.
test('what is lost while a commit waits is not committed under the next epoch', async () => {
  const rig = new Rig()
  const [lost, kept]: { -readonly [Field in keyof Committable]: Committable[Field] }[] = [
    partition(0),
    partition(1),
  ]
  rig.errors.push('STALE_MEMBER_EPOCH')
  rig.held = []
  const ofLost = rig.committer.commit(lost!, 5)
  const ofKept = rig.committer.commit(kept!, 7)
  await settled()
  lost!.state = 'gone'
  rig.held.shift()!()
  rig.held = undefined
  await assert.rejects(ofLost, { code: 'rebalance_in_progress', partition: 0 })
  await ofKept
  assert.deepEqual(rig.commits, ['1 0@5 1@7', '2 1@7'])
  assert.deepEqual([lost!.committed, kept!.committed], [undefined, 7])
})

test('a topic of a known id is committed for, and no other of its name', async () => {
  const rig = new Rig()
  const known = { ...partition(0), topicId: topicId('orders') }
  await rig.committer.commit(known, 5)
  assert.deepEqual(rig.commits, [`1 0@5 of ${known.topicId}`])
  rig.errors.push('UNKNOWN_TOPIC_ID', 'UNKNOWN_TOPIC_ID', 'UNKNOWN_TOPIC_ID', 'UNKNOWN_TOPIC_ID')
  const late = rig.committer.commit(known, 6)
  const rejected = assert.rejects(late, { code: 'topic_not_found', topic: 'orders' })
  for (let second = 0; second < 10; second++) {
    rig.broker.clock.advance(1000)
    await settled()
  }
  await rejected
})

test('where one id is not known, all are committed for by name', async () => {
  const rig = new Rig()
  const known = { ...partition(0), topicId: topicId('orders') }
  await Promise.all([rig.committer.commit(known, 5), rig.committer.commit(partition(1), 6)])
  assert.deepEqual(rig.commits, ['1 0@5 1@6'])
})

test('settled() waits for what nobody else waits for', async () => {
  const rig = new Rig()
  rig.held = []
  rig.committer.commitLater(partition(0), 1)
  let isSettled = false
  const waiting = rig.committer.settled().then(() => (isSettled = true))
  await settled()
  assert.equal(isSettled, false)
  rig.held[0]!()
  await waiting
  // A failure is for the log only.
  rig.held = undefined
  rig.errors.push('GROUP_AUTHORIZATION_FAILED')
  rig.committer.commitLater(partition(1), 1)
  await rig.committer.settled()
})

test('commit() gives up when its signal or its time does', async () => {
  const rig = new Rig()
  rig.held = []
  const controller = new AbortController()
  const aborted = rig.committer.commit(partition(0), 1, { signal: controller.signal })
  controller.abort(new Error('enough'))
  await assert.rejects(aborted, { message: 'enough' })
  const late = rig.committer.commit(partition(1), 1, { timeout: '1s' })
  rig.broker.clock.advance(1000)
  await assert.rejects(late, { code: 'timeout' })
})

test('an earlier offset does not take back a later one that is under way', async () => {
  const rig = new Rig()
  const a = partition(0)
  rig.held = []
  const commits = [rig.committer.commit(a, 9)]
  await settled()
  commits.push(rig.committer.commit(a, 4), rig.committer.commit(partition(1), 1))
  rig.held.shift()!()
  await settled()
  rig.held.shift()!()
  await Promise.all(commits)
  assert.deepEqual(rig.commits, ['1 0@9', '1 1@1'])
})

test('what is committed already is not said to have failed with a later commit', async () => {
  const rig = new Rig()
  const a = partition(0)
  await rig.committer.commit(a, 5)
  rig.errors.push('GROUP_AUTHORIZATION_FAILED')
  await assert.rejects(rig.committer.commit(partition(1), 1), { code: 'unauthorized' })
  await rig.committer.commit(a, 5)
})

test('commit() with a signal that is aborted commits nothing', async () => {
  const rig = new Rig()
  const signal = AbortSignal.abort(new Error('enough'))
  for (const limits of [{ signal }, { signal, timeout: '1s' } as const]) {
    rig.errors.push('GROUP_AUTHORIZATION_FAILED')
    await assert.rejects(rig.committer.commit(partition(0), 1, limits), { message: 'enough' })
  }
  await settled()
  assert.deepEqual(rig.commits, [])
})
