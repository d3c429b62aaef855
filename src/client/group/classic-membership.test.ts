import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ScriptedBroker, settled } from '../../../test/support/scripted-broker.ts'
import { errorCodes, type ErrorName } from '../../protocol/error-codes.ts'
import { findCoordinator } from '../../protocol/find-coordinator.ts'
import { heartbeat } from '../../protocol/heartbeat.ts'
import { joinGroup } from '../../protocol/join-group.ts'
import { syncGroup } from '../../protocol/sync-group.ts'
import { silentLogger } from '../../runtime/runtime.ts'
import type { TopicPartition } from '../cluster/offset-lookup.ts'
import { TimeoutError } from '../failure/errors.ts'
import { encodeSubscription } from './classic-leader.ts'
import { ClassicMembership } from './classic-membership.ts'

/** A coordinator of a group that the member under test, `m`, leads. */
class Rig {
  readonly broker = new ScriptedBroker()
  readonly membership: ClassicMembership
  /** What the member was told to do, in order. */
  readonly events: string[] = []
  /** What the next heartbeats are answered with. */
  readonly errors: ErrorName[] = []
  /** Whether they are answered at all. */
  isSilent = false
  /** Whether there is another member, which has nothing. */
  hasOther = false
  /** Where set, partitions are taken over only when it is resolved. */
  takeOver: PromiseWithResolvers<void> | undefined
  /** How often the program cannot let partitions go for now; meanwhile the other leaves. */
  refusals = 0
  readonly warnings: unknown[] = []
  #generationId = 0

  constructor() {
    const subscription = { generationId: -1, rackId: undefined }
    const other = { memberId: 'n', metadata: encodeSubscription(['orders'], [], subscription) }
    this.broker
      .withTopics({ orders: 2 })
      .on(findCoordinator, ({ coordinatorKeys: [key = ''] }) => ({
        coordinators: [{ key, nodeId: 1, host: 'broker-1', port: 9092, errorCode: 0 }],
      }))
      .on(joinGroup, ({ protocols: [protocol] }) => ({
        errorCode: 0,
        generationId: ++this.#generationId,
        protocolType: 'consumer',
        protocolName: protocol!.name,
        leader: 'm',
        memberId: 'm',
        members: [
          { memberId: 'm', metadata: protocol!.metadata },
          ...(this.hasOther ? [other] : []),
        ],
      }))
      .on(syncGroup, ({ assignments }) => ({
        errorCode: 0,
        assignment: assignments.find(({ memberId }) => memberId === 'm')!.assignment,
      }))
      .on(heartbeat, () => {
        const errorCode = errorCodes[this.errors.shift() ?? 'NONE']
        return this.isSilent ? undefined : { errorCode }
      })
    const options = {
      group: 'g',
      topics: ['orders'],
      heartbeatIntervalMs: 3000,
      sessionTimeoutMs: 30_000,
      rebalanceTimeoutMs: 60_000,
    }
    const warn = (message: string, facts?: object): void =>
      void this.warnings.push({ message, ...facts })
    const cluster = this.broker.cluster({ retries: 0, logger: { ...silentLogger, warn } })
    this.membership = new ClassicMembership(cluster, options, {
      onAssigned: async (partitions) => {
        this.#note('assigned', partitions)
        await this.takeOver?.promise
      },
      onRevoked: async (partitions) => {
        this.#note('revoked', partitions)
        if (this.refusals-- <= 0) return
        this.hasOther = false
        throw new TimeoutError('cannot store')
      },
      onLost: () => void this.events.push('lost'),
      onContact: () => undefined,
      onError: (error) => void this.events.push(`error ${error.code}`),
    })
    this.membership.start()
  }

  #note(what: string, partitions: readonly TopicPartition[]): void {
    this.events.push(`${what} ${partitions.map(({ partition }) => partition).join()}`)
  }

  async pass(seconds: number): Promise<void> {
    for (let second = 0; second < seconds; second++) {
      this.broker.clock.advance(1000)
      await settled()
    }
  }

  async leave(): Promise<void> {
    const left = this.membership.leave(1000)
    await this.pass(2)
    await left
  }
}

test('what is taken over while all is lost is lost, too, before it is given anew', async () => {
  const rig = new Rig()
  rig.takeOver = Promise.withResolvers()
  await rig.pass(2)
  assert.deepEqual(rig.events, ['assigned 0,1'])
  rig.errors.push('UNKNOWN_MEMBER_ID')
  await rig.pass(5)
  assert.deepEqual(rig.events, ['assigned 0,1', 'lost'])
  rig.takeOver.resolve()
  await rig.pass(5)
  assert.deepEqual(rig.events, ['assigned 0,1', 'lost', 'lost', 'assigned 0,1'])
  await rig.leave()
})

test('what was not let go at first is, though it is to be kept, and is taken anew', async () => {
  const rig = new Rig()
  await rig.pass(2)
  rig.hasOther = true
  rig.refusals = 1
  rig.errors.push('REBALANCE_IN_PROGRESS')
  await rig.pass(5)
  const [, revoked, ...later] = rig.events
  assert.match(revoked!, /^revoked [01]$/)
  assert.deepEqual(later, [revoked, revoked!.replace('revoked', 'assigned')])
  await rig.leave()
})

test('what cannot be taken over for now is asked for again after a while', async () => {
  const rig = new Rig()
  rig.takeOver = Promise.withResolvers()
  rig.takeOver.reject(new TimeoutError('cannot load'))
  await rig.pass(9)
  assert.deepEqual(rig.events, ['assigned 0,1', 'assigned 0,1', 'assigned 0,1'])
  const message = 'partitions not taken over yet'
  assert.deepEqual(rig.warnings[0], { message, group: 'g', error: 'cannot load' })
  await rig.leave()
})

test('all is lost when the session is over, though timers fire a moment early', async () => {
  const rig = new Rig()
  await rig.pass(2)
  const { clock } = rig.broker
  const after = clock.after.bind(clock)
  clock.after = (delayMs, callback) => after(delayMs - 0.9, callback)
  rig.isSilent = true
  await rig.pass(28)
  assert.deepEqual(rig.events, ['assigned 0,1'])
  clock.advance(999.5)
  await settled()
  assert.equal(rig.events[1], 'lost')
  await rig.leave()
})

test('renewed() waits for nobody once an error that does not pass has ended it', async () => {
  const rig = new Rig()
  await rig.pass(2)
  rig.errors.push('GROUP_AUTHORIZATION_FAILED')
  await rig.pass(5)
  assert.equal(rig.events.at(-1), 'error unauthorized')
  await rig.membership.renewed()
  await rig.leave()
})

test('confirmed() takes no answer for one that may have waited while we stood still', async () => {
  for (const late of ['heartbeat', 'sync'] as const) {
    const rig = new Rig()
    const { broker, membership } = rig
    const asked = Promise.withResolvers<void>()
    const answer = Promise.withResolvers<void>()
    if (late === 'heartbeat') await rig.pass(2)
    const hold = async (): Promise<void> => {
      asked.resolve()
      await answer.promise
    }
    if (late === 'heartbeat') {
      const errorCode = errorCodes.REBALANCE_IN_PROGRESS
      broker.on(heartbeat, async () => (await hold(), { errorCode }))
    } else {
      broker.on(syncGroup, async ({ assignments: [ours] }) => {
        await hold()
        return { errorCode: 0, assignment: ours!.assignment }
      })
    }
    await rig.pass(5)
    await asked.promise
    broker.on(joinGroup, () => undefined).on(heartbeat, () => undefined)
    // The machine is suspended, and with it all but the time of day.
    broker.clock.jumpTo(broker.clock.now() + 40_000)
    let isConfirmed = false
    void membership.confirmed().then(() => (isConfirmed = true))
    answer.resolve()
    await settled()
    await settled()
    assert.equal(isConfirmed, false, late)
    await rig.leave()
  }
})
