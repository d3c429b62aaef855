/**
 * The groups of a broker by id, each with what runs it. A group id is of one kind at a time. A
 * group without members becomes one of the other kind when a member of that kind comes; one with
 * members does so where the migration policy says so (KIP-848).
 */

import type {
  ConsumerGroupHeartbeatRequest,
  ConsumerGroupHeartbeatResponseInput,
} from '../../protocol/consumer-group-heartbeat.ts'
import type { StateRecord } from '../state-log.ts'
import { ClassicGroupRunner } from './classic-group-runner.ts'
import { emptyClassicGroup, type ClassicGroup } from './classic-group.ts'
import { recordOf as classicRecordOf, removalOf as classicRemovalOf } from './classic-group-log.ts'
import type { ClassicProtocol } from './classic-protocol.ts'
import { ConsumerGroupRunner } from './consumer-group-runner.ts'
import { applyEvents, emptyConsumerGroup, joinEpoch, type ConsumerGroup } from './consumer-group.ts'
import {
  recordOf as consumerRecordOf,
  removalOf as consumerRemovalOf,
} from './consumer-group-log.ts'
import { RequestError } from '../request-error.ts'
import { decideUpgrade } from './group-upgrade.ts'
import { groupNotFound, unknownMember } from './refusals.ts'
import type { Caller, GroupParts } from './group-parts.ts'
import { stateOf, type Group } from './group.ts'

type Runner = ClassicGroupRunner | ConsumerGroupRunner

export class GroupRegistry {
  readonly #parts: GroupParts
  readonly #runners = new Map<string, Runner>()

  constructor(parts: GroupParts) {
    this.#parts = parts
  }

  /** Takes over a group that was loaded, and starts the sessions of its members. */
  load(group: Group): void {
    const runner = group.kind === 'classic' ? this.#newClassic(group) : this.#newConsumer(group)
    this.#runners.set(group.groupId, runner)
    runner.start()
  }

  get(groupId: string): Group | undefined {
    return this.#runners.get(groupId)?.group
  }

  *all(): Iterable<Group> {
    for (const runner of this.#runners.values()) yield runner.group
  }

  /** Returns what serves clients of the classic protocol in a group, if there is the group. */
  classic(groupId: string): ClassicProtocol | undefined {
    const runner = this.#runners.get(groupId)
    return runner && classicSideOf(runner)
  }

  /** @throws RequestError where there is no such group, to a client that must be a member of it */
  classicOf(groupId: string, memberId: string): ClassicProtocol {
    const group = this.classic(groupId)
    if (!group) throw unknownMember(groupId, memberId)
    return group
  }

  /**
   * Returns the group that a member of the classic protocol joins, new where it has to be.
   *
   * @throws RequestError
   */
  classicToJoin(groupId: string, memberId: string): ClassicProtocol {
    const existing = this.#runners.get(groupId)
    const isKept = existing?.kind === 'classic' || (existing && stateOf(existing.group) !== 'Empty')
    if (isKept) return classicSideOf(existing)
    // Only a client without a member id can be new.
    if (memberId !== '') throw unknownMember(groupId, memberId)
    this.remove(groupId)
    const runner = this.#newClassic(emptyClassicGroup(groupId))
    this.#runners.set(groupId, runner)
    return runner
  }

  /**
   * Hears of a KIP-848 member. Its group is new where it has to be, if the member joins, and takes
   * the place of a classic one.
   *
   * @throws RequestError
   */
  heartbeat(
    request: ConsumerGroupHeartbeatRequest,
    caller: Caller,
  ): ConsumerGroupHeartbeatResponseInput {
    const { groupId, memberEpoch } = request
    const existing = this.#runners.get(groupId)
    if (existing?.kind === 'consumer') return existing.heartbeat(request, caller)
    if (memberEpoch !== joinEpoch) {
      if (!existing) throw groupNotFound(groupId)
      throw new RequestError('GROUP_ID_NOT_FOUND', `Group ${groupId} is not a consumer group.`)
    }
    const runner = this.#successorOf(existing, groupId)
    const answer = runner.heartbeat(request, caller)
    this.#runners.set(groupId, runner)
    if (!existing) return answer
    existing.giveWay()
    runner.start()
    return answer
  }

  /**
   * Keeps a group that nobody ever joined, though its offsets go. Kafka does, too, until offsets
   * expire the next time: who deletes them may ask again, or delete the group next.
   */
  keep(groupId: string): void {
    if (this.#runners.has(groupId)) return
    this.#runners.set(groupId, this.#newClassic(emptyClassicGroup(groupId)))
  }

  /** Forgets a classic group that nothing was stored of, and that nobody is in. */
  removeIfBlank(groupId: string): void {
    const runner = this.#runners.get(groupId)
    if (runner?.kind === 'classic' && runner.isBlank) this.#forget(groupId, runner)
  }

  /** Removes a group, and `more`, at once; its members, if any, are not asked. @throws LogError */
  remove(groupId: string, more: readonly StateRecord[] = []): void {
    const runner = this.#runners.get(groupId)
    this.#parts.journal.append(groupId, [...more, ...(runner ? removalOf(runner.group) : [])])
    if (runner) this.#forget(groupId, runner)
  }

  close(): void {
    for (const runner of this.#runners.values()) runner.close()
  }

  /** Nothing of it is stored before a heartbeat is. @throws RequestError */
  #successorOf(existing: ClassicGroupRunner | undefined, groupId: string): ConsumerGroupRunner {
    const empty = emptyConsumerGroup(groupId)
    if (!existing) return this.#newConsumer(empty)
    const removal = classicRemovalOf(groupId)
    if (stateOf(existing.group) === 'Empty') return this.#newConsumer(empty, [removal])
    const { options, topics } = this.#parts
    const events = decideUpgrade(existing.group, options, topics)
    const records = events.map((event) => consumerRecordOf(groupId, event))
    return this.#newConsumer(applyEvents(empty, events), [removal, ...records])
  }

  /** @throws LogError */
  #downgrade(from: ConsumerGroup, to: ClassicGroup): void {
    const { groupId } = from
    const { journal, logger } = this.#parts
    journal.append(groupId, [...consumerRemovalOf(from), classicRecordOf(to)])
    logger.info('group becomes a classic one', { groupId, memberCount: to.members.size })
    this.#runners.get(groupId)?.close()
    const runner = this.#newClassic(to)
    this.#runners.set(groupId, runner)
    runner.start()
  }

  #newClassic(group: ClassicGroup): ClassicGroupRunner {
    const onBlank = () => this.removeIfBlank(group.groupId)
    return new ClassicGroupRunner(group, this.#parts, onBlank)
  }

  #newConsumer(group: ConsumerGroup, predecessor: readonly StateRecord[] = []) {
    const runner: ConsumerGroupRunner = new ConsumerGroupRunner(group, this.#parts, {
      predecessor,
      onDowngrade: (to) => this.#downgrade(runner.group, to),
    })
    return runner
  }

  #forget(groupId: string, runner: Runner): void {
    runner.close()
    this.#runners.delete(groupId)
  }
}

function classicSideOf(runner: Runner): ClassicProtocol {
  return runner.kind === 'classic' ? runner : runner.classicMembers
}

function removalOf(group: Group): readonly StateRecord[] {
  return group.kind === 'classic' ? [classicRemovalOf(group.groupId)] : consumerRemovalOf(group)
}
