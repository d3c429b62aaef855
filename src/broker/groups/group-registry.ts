/**
 * The groups of a broker by id, each with what runs it. A group id is of one kind at a time: a
 * group without members becomes one of the other kind when a member of that kind comes.
 */

import type { StateRecord } from '../state-log.ts'
import { ClassicGroupRunner } from './classic-group-runner.ts'
import { emptyClassicGroup, type ClassicGroup } from './classic-group.ts'
import { removalOf as classicRemovalOf } from './classic-group-log.ts'
import { ConsumerGroupRunner } from './consumer-group-runner.ts'
import { emptyConsumerGroup } from './consumer-group.ts'
import { removalOf as consumerRemovalOf } from './consumer-group-log.ts'
import { RequestError } from '../request-error.ts'
import { groupNotFound, unknownMember } from './refusals.ts'
import type { GroupParts } from './group-parts.ts'
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
    const runner =
      group.kind === 'classic'
        ? this.#newClassic(group)
        : new ConsumerGroupRunner(group, this.#parts)
    this.#runners.set(group.groupId, runner)
    runner.start()
  }

  get(groupId: string): Group | undefined {
    return this.#runners.get(groupId)?.group
  }

  *all(): Iterable<Group> {
    for (const runner of this.#runners.values()) yield runner.group
  }

  classic(groupId: string): ClassicGroupRunner | undefined {
    const runner = this.#runners.get(groupId)
    return runner instanceof ClassicGroupRunner ? runner : undefined
  }

  /** @throws RequestError where there is no such group, to a client that must be a member of it */
  classicOf(groupId: string, memberId: string): ClassicGroupRunner {
    const runner = this.classic(groupId)
    if (!runner) throw unknownMember(groupId, memberId)
    return runner
  }

  /**
   * Returns the group that a member of the classic protocol joins, new where it has to be.
   *
   * @throws RequestError
   */
  classicToJoin(groupId: string, memberId: string): ClassicGroupRunner {
    const existing = this.#runners.get(groupId)
    if (existing instanceof ClassicGroupRunner) return existing
    if (existing && stateOf(existing.group) !== 'Empty') {
      throw new RequestError(
        'INCONSISTENT_GROUP_PROTOCOL',
        `Group ${groupId} has members of the consumer protocol.`,
      )
    }
    // Only a client without a member id can be new.
    if (memberId !== '') throw unknownMember(groupId, memberId)
    this.remove(groupId)
    const runner = this.#newClassic(emptyClassicGroup(groupId))
    this.#runners.set(groupId, runner)
    return runner
  }

  /**
   * Returns the group that a KIP-848 member reports to; new where it has to be, if it joins.
   *
   * @throws RequestError
   */
  consumer(groupId: string, { isJoining }: { readonly isJoining: boolean }): ConsumerGroupRunner {
    const existing = this.#runners.get(groupId)
    if (existing instanceof ConsumerGroupRunner) return existing
    if (!isJoining && !existing) throw groupNotFound(groupId)
    if (existing && (!isJoining || stateOf(existing.group) !== 'Empty')) {
      throw new RequestError('GROUP_ID_NOT_FOUND', `Group ${groupId} is not a consumer group.`)
    }
    this.remove(groupId)
    const runner = new ConsumerGroupRunner(emptyConsumerGroup(groupId), this.#parts)
    this.#runners.set(groupId, runner)
    return runner
  }

  /** Forgets a group that nothing was stored of, and that nobody is in. */
  removeIfBlank(groupId: string): void {
    const runner = this.#runners.get(groupId)
    if (runner?.isBlank) this.#forget(groupId, runner)
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

  #newClassic(group: ClassicGroup): ClassicGroupRunner {
    const onBlank = () => this.removeIfBlank(group.groupId)
    return new ClassicGroupRunner(group, this.#parts, onBlank)
  }

  #forget(groupId: string, runner: Runner): void {
    runner.close()
    this.#runners.delete(groupId)
  }
}

function removalOf(group: Group): readonly StateRecord[] {
  return group.kind === 'classic' ? [classicRemovalOf(group.groupId)] : consumerRemovalOf(group)
}
