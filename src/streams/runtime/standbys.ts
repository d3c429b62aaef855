/**
 * Finds out of which tasks this worker should have copies, from who else is in its group, and has
 * them kept. Workers agree without a word: each can tell who gets what if others are gone.
 *
 * One that joins others first gets copies of what will be its own, while those go on: so that
 * partitions come to it once it has little left to read.
 */

import { membersOf } from '../../client/admin/admin-groups.ts'
import type { GroupMembers, SortedMember } from '../../client/admin/admin-groups.ts'
import type { Cluster } from '../../client/cluster/cluster.ts'
import type { ChangelogPlace } from './changelog.ts'
import { rangeOf, standbyPartitions, type MemberRank } from './standby-plan.ts'
import type { StateCopies } from './state-copies.ts'

/** The changelog of a part of the topology. */
export interface PartChangelog {
  readonly topic: string
  readonly partitionCount: number
}

export interface StandbysOptions {
  readonly group: string
  /** How many workers may be gone at once with a copy of each task being left. */
  readonly replicas: number
  readonly changelogs: readonly PartChangelog[]
  readonly copies: StateCopies
  /** Returns how a group of that protocol knows us, or will. */
  readonly memberIn: (type: GroupMembers['type']) => Pick<SortedMember, 'id' | 'order'>
  readonly signal: AbortSignal
}

/** How often it is asked who is in the group. */
const checkIntervalMs = 3000
/** With no more records to read than that, a worker is ready to join. */
const joiningLagMax = 10_000
/** One that has come no closer for so many checks joins all the same: others may write too fast. */
const checksMax = 10

export class Standbys {
  readonly #cluster: Cluster
  readonly #options: StandbysOptions
  /** Looks whether what is waited for has come. */
  #check: (() => void) | undefined
  #isOutdated = false

  constructor(cluster: Cluster, options: StandbysOptions) {
    this.#cluster = cluster
    this.#options = options
  }

  /** Resolves once there are copies of what will be ours, if others do the work meanwhile. */
  async prepare(): Promise<void> {
    const { copies, signal } = this.#options
    let least = Infinity
    for (let checks = 0; this.#isNeeded && checks < checksMax && !signal.aborted; checks++) {
      const group = await this.#describe()
      if (!group || group.members.length === 0) return
      if (!isSettled(group)) {
        await this.#pause(() => false)
        continue
      }
      const places = this.#placesOf(this.#rankAmong(group), ownPartitions)
      copies.keep(places)
      const areWarm = (): boolean => copies.areWarm(places, joiningLagMax)
      if (!areWarm()) await this.#pause(areWarm)
      if (areWarm()) return
      const missing = copies.metrics.reduce((sum, { lag = Infinity }) => sum + lag, 0)
      if (missing < least) checks = 0
      least = Math.min(least, missing)
    }
  }

  /** Begins to keep copies. */
  start(): void {
    if (this.#isNeeded) void this.#run()
  }

  /** Partitions have moved: looks at once who is there. */
  moved(): void {
    this.#isOutdated = true
    this.#check?.()
  }

  /** There is more in a copy. */
  progressed(): void {
    this.#check?.()
  }

  get #isNeeded(): boolean {
    const { replicas, changelogs } = this.#options
    return replicas > 0 && changelogs.length > 0
  }

  async #run(): Promise<void> {
    const { copies, memberIn, replicas, signal } = this.#options
    while (!signal.aborted) {
      this.#isOutdated = false
      const group = await this.#describe()
      if (signal.aborted) return
      // Whoever is not in the group now will soon be, with the same copies.
      const isIn = group?.members.some(({ id }) => id === memberIn(group.type).id)
      if (group && isIn && isSettled(group)) {
        const rank = this.#rankAmong(group)
        const standbys = this.#placesOf(rank, (_, count) =>
          standbyPartitions(rank, count, replicas),
        )
        // What is about to be ours may still be with the one before.
        copies.keep([...this.#placesOf(rank, ownPartitions), ...standbys])
      }
      await this.#pause(() => this.#isOutdated)
    }
  }

  async #describe(): Promise<GroupMembers | undefined> {
    const { group, signal } = this.#options
    try {
      return await membersOf(this.#cluster, group, { signal })
    } catch (error) {
      // Copies are no condition of anything: it is tried again.
      const facts = { group, error: (error as Error).message }
      if (!signal.aborted) this.#cluster.logger.debug('a group could not be described', facts)
      return undefined
    }
  }

  /** Returns our place among the members, as one of them. */
  #rankAmong({ members, type }: GroupMembers): MemberRank {
    const me = this.#options.memberIn(type)
    const others = members.filter(({ id }) => id !== me.id)
    const rank = others.filter(({ order }) => order < me.order).length
    return { rank, memberCount: others.length + 1 }
  }

  #placesOf(
    rank: MemberRank,
    partitionsOf: (rank: MemberRank, partitionCount: number) => readonly number[],
  ): ChangelogPlace[] {
    return this.#options.changelogs.flatMap(({ topic, partitionCount }) =>
      partitionsOf(rank, partitionCount).map((partition) => ({ topic, partition })),
    )
  }

  /** Waits for a while, or until `isOver`. */
  #pause(isOver: () => boolean): Promise<void> {
    const { signal } = this.#options
    return new Promise((resolve) => {
      const done = (): void => {
        timer.cancel()
        signal.removeEventListener('abort', done)
        this.#check = undefined
        resolve()
      }
      const timer = this.#cluster.platform.clock.after(checkIntervalMs, done)
      signal.addEventListener('abort', done, { once: true })
      this.#check = () => {
        if (isOver() || signal.aborted) done()
      }
      this.#check()
    })
  }
}

/** In the classic protocol members cannot be sorted while they are joining. */
function isSettled({ type, state }: GroupMembers): boolean {
  return type === 'consumer' || state === 'Stable'
}

function ownPartitions(rank: MemberRank, partitionCount: number): readonly number[] {
  const { start, end } = rangeOf(rank, partitionCount)
  return Array.from({ length: end - start }, (_, index) => start + index)
}
