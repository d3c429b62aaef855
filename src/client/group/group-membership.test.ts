import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ScriptedBroker, drop, settled, topicId } from '../../../test/support/scripted-broker.ts'
import { consumerGroupHeartbeat } from '../../protocol/consumer-group-heartbeat.ts'
import type { ConsumerGroupHeartbeatRequest } from '../../protocol/consumer-group-heartbeat.ts'
import { errorCodes, type ErrorName } from '../../protocol/error-codes.ts'
import { findCoordinator } from '../../protocol/find-coordinator.ts'
import type { Cluster } from '../cluster/cluster.ts'
import type { TopicPartition } from '../cluster/offset-lookup.ts'
import { noSuchPartition, TimeoutError, TopicNotFoundError } from '../failure/errors.ts'
import { GroupMembership } from './group-membership.ts'

const id = topicId('orders')

interface RigOptions {
  readonly heartbeatMaxVersion?: number
  readonly groupInstanceId?: string
  readonly retries?: number
}

/** A coordinator that gives one member the partitions that a test says. */
class Rig {
  readonly broker = new ScriptedBroker()
  readonly cluster: Cluster
  readonly membership: GroupMembership
  /** What the member was told to do, in order. */
  readonly events: string[] = []
  /** What the coordinator wants the member to have; given once whenever it changes. */
  target: number[] | undefined = [0, 1]
  /** What it was last given. */
  #given: number[] = []
  /** The epoch that it was last told, which it may not have heard. */
  #toldEpoch = 0
  /** Errors to answer with, before anything else. Of `drop` only the answer is lost. */
  readonly errors: (ErrorName | typeof drop)[] = []
  epoch = 1
  /** Where set, partitions are handed over only when it is called. */
  handOver: (() => void) | undefined
  /** Where set, partitions are taken over only when it is called. */
  takeOver: (() => void) | undefined
  /** How often the program cannot let partitions go for now. */
  refusals = 0
  /** Why partitions cannot be taken over, while they cannot. */
  gone: Error | undefined

  constructor({ heartbeatMaxVersion = 1, groupInstanceId, retries = 0 }: RigOptions = {}) {
    this.broker
      .withTopics({ orders: 4 })
      .on(findCoordinator, ({ coordinatorKeys: [key = ''] }) => ({
        coordinators: [{ key, nodeId: 1, host: 'broker-1', port: 9092, errorCode: 0 }],
      }))
      .on(consumerGroupHeartbeat, (request) => this.#heartbeat(request), heartbeatMaxVersion)
    this.cluster = this.broker.cluster({ retries })
    this.membership = new GroupMembership(
      this.cluster,
      {
        group: 'g',
        groupInstanceId,
        topics: ['orders'],
        heartbeatIntervalMs: 3000,
        sessionTimeoutMs: 30_000,
        rebalanceTimeoutMs: 60_000,
        rackId: 'rack-1',
      },
      {
        onAssigned: async (partitions) => {
          this.#note('assigned', partitions)
          if (this.gone) throw this.gone
          if (this.takeOver) await new Promise<void>((resolve) => (this.takeOver = resolve))
        },
        onRevoked: async (partitions) => {
          this.#note('revoked', partitions)
          if (this.refusals-- > 0) throw new TimeoutError('cannot store')
          if (this.handOver) await new Promise<void>((resolve) => (this.handOver = resolve))
        },
        onLost: () => void this.events.push('lost'),
        onContact: () => undefined,
        onError: (error) => void this.events.push(`error ${error.code}`),
      },
    )
  }

  #note(what: string, partitions: readonly TopicPartition[]): void {
    this.events.push(`${what} ${partitions.map(({ partition }) => partition).join()}`)
  }

  /** As Apache Kafka: the epoch before is good only with all that is owned. */
  #heartbeat({ memberId, memberEpoch, topicPartitions }: ConsumerGroupHeartbeatRequest) {
    const error = this.errors.shift()
    if (error && error !== drop) return { errorCode: errorCodes[error] }
    const isOutdated = memberEpoch > 0 && memberEpoch !== this.#toldEpoch
    if (isOutdated && !topicPartitions) return { errorCode: errorCodes.FENCED_MEMBER_EPOCH }
    const isNew = this.target !== undefined || topicPartitions !== null
    this.#given = this.target ?? this.#given
    this.target = undefined
    if (memberEpoch >= 0) this.#toldEpoch = this.epoch
    if (error === drop) return drop
    return {
      errorCode: 0,
      memberId,
      memberEpoch: memberEpoch < 0 ? memberEpoch : this.epoch,
      heartbeatIntervalMs: 5000,
      assignment: isNew ? { topicPartitions: [{ topicId: id, partitions: this.#given }] } : null,
    }
  }

  /** Each heartbeat so far: its epoch, and what it said to own, if anything. */
  get heartbeats(): string[] {
    return this.broker.requests(consumerGroupHeartbeat).map(({ memberEpoch, topicPartitions }) => {
      const owned = topicPartitions?.flatMap(({ partitions }) => partitions)
      return owned ? `${memberEpoch} owns ${owned.join()}` : `${memberEpoch}`
    })
  }

  async start(): Promise<void> {
    await this.cluster.topic('orders')
    this.membership.start()
    await settled()
  }

  /** Lets time pass, a second at a time. */
  async pass(seconds: number): Promise<void> {
    for (let second = 0; second < seconds; second++) {
      this.broker.clock.advance(1000)
      await settled()
    }
  }
}

test('a member joins, takes what it is given, and says so', async () => {
  const rig = new Rig()
  await rig.start()
  assert.deepEqual(rig.events, ['assigned 0,1'])
  assert.deepEqual(rig.heartbeats, ['0 owns ', '1 owns 0,1'])
  const [join] = rig.broker.requests(consumerGroupHeartbeat)
  assert.deepEqual(join!.subscribedTopicNames, ['orders'])
  assert.equal(join!.rebalanceTimeoutMs, 60_000)
  assert.equal(join!.memberId.length, 22)
  assert.equal(join!.rackId, 'rack-1')
  assert.deepEqual(rig.membership.current(), {
    group: 'g',
    groupInstanceId: null,
    memberId: join!.memberId,
    memberEpoch: 1,
  })
})

test('a static member says its name, and when it closes, that it may come again', async () => {
  const rig = new Rig({ groupInstanceId: 'one' })
  await rig.start()
  await rig.membership.leave(1000)
  assert.equal(rig.heartbeats.at(-1), '-2')
  for (const { instanceId } of rig.broker.requests(consumerGroupHeartbeat)) {
    assert.equal(instanceId, 'one')
  }
  assert.equal(rig.membership.current().groupInstanceId, 'one')
})

test('a static member whose name another still has waits for it', async () => {
  const rig = new Rig({ groupInstanceId: 'one' })
  rig.errors.push('UNRELEASED_INSTANCE_ID', 'UNRELEASED_INSTANCE_ID')
  await rig.start()
  assert.equal(rig.membership.isMember, false)
  await rig.pass(2)
  assert.deepEqual(rig.events.at(-1), 'assigned 0,1')
})

test('a static member that another has replaced does not take its place again', async () => {
  const rig = new Rig({ groupInstanceId: 'one' })
  await rig.start()
  rig.errors.push('FENCED_INSTANCE_ID')
  await rig.pass(60)
  assert.deepEqual(rig.events, ['assigned 0,1', 'lost', 'error fenced_instance_id'])
})

test('heartbeats are as often as either side wants, and say only what is new', async () => {
  const rig = new Rig()
  await rig.start()
  await rig.pass(9)
  assert.deepEqual(rig.heartbeats.slice(2), ['1', '1', '1'])
})

test('a partition is given up before it is said to be, and only what is new is taken', async () => {
  const rig = new Rig()
  await rig.start()
  rig.handOver = () => {}
  rig.target = [1, 2]
  rig.epoch = 2
  await rig.pass(3)
  assert.deepEqual(rig.events.slice(1), ['revoked 0'])
  await rig.pass(3)
  assert.deepEqual(rig.heartbeats.slice(2), ['1', '2'], 'heartbeats go on meanwhile')
  rig.handOver()
  await settled()
  assert.deepEqual(rig.events.slice(1), ['revoked 0', 'assigned 2'])
  assert.deepEqual(rig.heartbeats.slice(4), ['2 owns 1', '2 owns 1,2'])
})

test('what was not let go at first is, though it is to be kept, and is taken anew', async () => {
  const rig = new Rig()
  await rig.start()
  rig.refusals = 1
  rig.target = [1]
  await rig.pass(3)
  rig.target = [0, 1]
  await rig.pass(3)
  assert.deepEqual(rig.events.slice(1), ['revoked 0', 'revoked 0', 'assigned 0'])
})

test('a member that was thrown out begins again with nothing', async () => {
  const errors = ['UNKNOWN_MEMBER_ID', 'FENCED_MEMBER_EPOCH', 'GROUP_ID_NOT_FOUND'] as const
  for (const error of errors) {
    const rig = new Rig()
    await rig.start()
    rig.errors.push(error)
    rig.target = [3]
    rig.epoch = 9
    await rig.pass(3)
    assert.deepEqual(rig.events.slice(1), ['lost', 'assigned 3'])
    assert.deepEqual(rig.heartbeats.slice(3), ['0 owns ', '9 owns 3'])
  }
})

test('what is taken over while all is lost is lost, too, before it is given anew', async () => {
  const rig = new Rig()
  rig.takeOver = () => undefined
  await rig.start()
  rig.errors.push('UNKNOWN_MEMBER_ID')
  rig.target = [1]
  await rig.pass(5)
  assert.deepEqual(rig.events, ['assigned 0,1', 'lost'])
  const { takeOver } = rig
  rig.takeOver = undefined
  takeOver()
  await rig.pass(1)
  assert.deepEqual(rig.events, ['assigned 0,1', 'lost', 'lost', 'assigned 1'])
})

for (const [epoch, how] of [
  [1, 'stays'],
  [2, 'grows'],
] as const) {
  // Kafka gives an assignment once, but to a member that says everything.
  test(`a lost answer with an assignment is asked for anew; its epoch ${how}`, async () => {
    const rig = new Rig({ retries: 3 })
    await rig.start()
    rig.errors.push(drop)
    rig.target = [0, 1, 2]
    rig.epoch = epoch
    await rig.pass(10)
    assert.deepEqual(rig.heartbeats.slice(2, 4), ['1', '1 owns 0,1'])
    assert.deepEqual(rig.events, ['assigned 0,1', 'assigned 2'])
  })
}

test('a coordinator that moves, or is away for a while, loses a member nothing', async () => {
  const rig = new Rig({ retries: 3 })
  await rig.start()
  for (const error of ['NOT_COORDINATOR', 'COORDINATOR_LOAD_IN_PROGRESS', drop] as const) {
    rig.errors.push(error)
    await rig.pass(3)
  }
  rig.errors.push(drop, drop, drop, drop, drop, drop)
  await rig.pass(6)
  rig.broker.down.add('broker-1:9092')
  rig.broker.disconnect()
  await rig.pass(20)
  rig.broker.down.clear()
  await rig.pass(5)
  assert.equal(rig.membership.isFailing, false)
  assert.deepEqual(rig.events, ['assigned 0,1'])
})

test('without a word from the coordinator for the session timeout, all is lost', async () => {
  const rig = new Rig()
  await rig.start()
  rig.broker.down.add('broker-1:9092')
  rig.broker.disconnect()
  await rig.pass(29)
  assert.deepEqual(rig.events, ['assigned 0,1'])
  await rig.pass(40)
  assert.equal(rig.events[1], 'lost')
  rig.broker.down.clear()
  rig.target = [0]
  await rig.pass(10)
  assert.equal(rig.events.at(-1), 'assigned 0')
})

test('a group of another kind is told of, and ends it', async () => {
  const rig = new Rig()
  rig.errors.push('GROUP_ID_NOT_FOUND')
  await rig.start()
  await rig.pass(10)
  assert.equal(rig.heartbeats.length, 1)
  assert.equal(rig.events[0], 'lost')
})

test('an error that does not pass is told, and ends it', async () => {
  const rig = new Rig()
  rig.errors.push('GROUP_AUTHORIZATION_FAILED')
  await rig.start()
  assert.deepEqual(rig.events, ['lost', 'error unauthorized'])
  await rig.pass(10)
  assert.equal(rig.heartbeats.length, 1)
  await rig.membership.renewed()
})

test('a broker without this protocol is told of clearly', async () => {
  const rig = new Rig({ heartbeatMaxVersion: 0 })
  await rig.start()
  assert.deepEqual(rig.events, ['lost', 'error unsupported_version'])
})

test('leave() tells the coordinator, and nothing comes after', async () => {
  const rig = new Rig()
  await rig.start()
  await rig.membership.leave(1000)
  assert.deepEqual(rig.heartbeats.slice(2), ['-1'])
  await rig.pass(10)
  assert.equal(rig.heartbeats.length, 3)
  assert.equal(rig.broker.clock.waitingCount, 0)
})

test('leave() settles where the coordinator is gone, and where it was never asked', async () => {
  const rig = new Rig()
  await rig.start()
  rig.broker.down.add('broker-1:9092')
  rig.broker.disconnect()
  const leaving = rig.membership.leave(1000)
  await rig.pass(2)
  await leaving
  await new Rig().membership.leave(1000)
})

test('renewed() asks the coordinator at once', async () => {
  const rig = new Rig()
  await rig.start()
  rig.epoch = 5
  await rig.membership.renewed()
  assert.equal(rig.membership.current().memberEpoch, 5)
})

test('partitions of a topic that is not known yet are taken once it is', async () => {
  const rig = new Rig()
  rig.membership.start()
  await settled()
  assert.deepEqual(rig.events, ['assigned 0,1'], 'its name is looked up')
})

test('isFailing says that the coordinator cannot be asked, until it answers again', async () => {
  const rig = new Rig()
  await rig.start()
  assert.equal(rig.membership.isFailing, false)
  rig.broker.down.add('broker-1:9092')
  rig.broker.disconnect()
  await rig.pass(4)
  assert.equal(rig.membership.isFailing, true)
  assert.equal(rig.membership.isMember, true)
  rig.broker.down.clear()
  await rig.pass(4)
  assert.equal(rig.membership.isFailing, false)
})

test('subscribe() says at once what is to be read from now on', async () => {
  const rig = new Rig()
  await rig.start()
  rig.membership.subscribe(['orders', 'payments'])
  await settled()
  const names = rig.broker.requests(consumerGroupHeartbeat).map((sent) => sent.subscribedTopicNames)
  assert.deepEqual(names.at(-1), ['orders', 'payments'])
  assert.deepEqual(rig.events, ['assigned 0,1'], 'what it has it keeps')
  await rig.pass(6)
  const later = rig.broker.requests(consumerGroupHeartbeat).at(-1)
  assert.equal(later!.subscribedTopicNames, null, 'what is left out is as before')
})

for (const [what, error] of [
  ['a topic', new TopicNotFoundError('it was deleted')],
  ['a partition', noSuchPartition('orders', 1, 1)],
] as const) {
  test(`${what} that was deleted since it was assigned does not end the member`, async () => {
    const rig = new Rig()
    rig.gone = error
    await rig.start()
    assert.deepEqual(rig.events, ['assigned 0,1'])
    rig.gone = undefined
    rig.target = [2]
    await rig.pass(6)
    assert.deepEqual(rig.events, ['assigned 0,1', 'assigned 2'])
  })
}
