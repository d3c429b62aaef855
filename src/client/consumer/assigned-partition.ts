/** One partition that a consumer reads: how far it is fetched, processed and committed. */

import type { TopicPartition } from '../cluster/offset-lookup.ts'
import { InvalidOptionError } from '../failure/errors.ts'
import type { CommitIdentity, OffsetCommitter } from '../group/offset-committer.ts'
import type { RecordOrigin } from '../record/kafka-record.ts'
import { readerOf, type ReadAt, type Serde } from '../record/serde.ts'
import type { OperationOptions } from '../settings/kafka-options.ts'

/** Where commits go, and on whose behalf if there is a group. */
export interface Commits extends Pick<OffsetCommitter, 'commit' | 'commitLater'> {
  readonly identity?: CommitIdentity
}

function refuse(): never {
  const expected = 'given for a consumer that commits'
  throw new InvalidOptionError({ option: 'group', expected, actual: undefined })
}

/** For a consumer that has nobody to commit for. */
export const noGroup: Commits = { commit: async () => refuse(), commitLater: refuse }

export interface PartitionStart {
  readonly topic: string
  /** Of the very topic that is meant. @default that of the first metadata */
  readonly topicId?: string | undefined
  readonly partition: number
  readonly position: number
  readonly value: Serde<unknown>
  readonly key: Serde<unknown>
  readonly committer: Commits
}

/** How far a consumer is in a partition. */
export interface ConsumerPosition extends TopicPartition {
  /**
   * The offset after the last record that was processed; before there is one, where it began: -1 as
   * long as that cannot be found out, since nobody leads the partition.
   */
  readonly position: number
  /** The offset that this consumer has committed last; `null` where it has not. */
  readonly committed: number | null
  /** The offset after the last record that can be read, as a broker last said; `null` before. */
  readonly end: number | null
  /** How far `position` is from `end`: the records that are left, or more where there are gaps. */
  readonly lag: number | null
}

/**
 * `position` runs ahead of what the program has; `processed` never does. Both only grow, but for a
 * seek, which begins a new `round`: what was fetched in an earlier one is thrown away.
 */
export class AssignedPartition implements RecordOrigin {
  readonly topic: string
  readonly partition: number
  readonly readKey: ReadAt<unknown>
  readonly readValue: ReadAt<unknown>
  readonly #committer: Commits
  /** A topic that was deleted and created again has another. */
  topicId: string | undefined
  /** Where it was begun with, or begun anew. */
  startedAt: number
  /** The next offset to fetch. */
  position: number
  /** The end of what may be fetched, as a broker last said; before that it is not known. */
  end: number | undefined
  /**
   * When a broker last said that there was nothing more, not even what is not committed yet, on the
   * monotonic clock; if it did.
   */
  quietAtMs: number | undefined
  /** Whether the program chose `position`. */
  isSought = false
  round = 0
  isPaused = false
  /** While something has to happen first: a position be found, or an error be told. */
  isHeld = false
  /** Whether a broker has said that there is no such topic. */
  isMissing = false
  /** `leaving`: nothing more of it is handed over. `gone`: another member may have it. */
  state: 'owned' | 'leaving' | 'gone' = 'owned'
  /** The offset after the last record that was processed, if any was. */
  processed: number | undefined
  /** The offset that was last committed by this consumer. */
  committed: number | undefined
  /** How often in a row fetching it has failed. */
  failures = 0
  /** On the monotonic clock: it is not fetched before. */
  notBeforeMs = 0

  constructor(start: PartitionStart) {
    this.topic = start.topic
    this.topicId = start.topicId
    this.partition = start.partition
    this.startedAt = start.position
    this.position = start.position
    this.readKey = readerOf(start.key)
    this.readValue = readerOf(start.value)
    this.#committer = start.committer
  }

  get isFetchable(): boolean {
    return this.state === 'owned' && !this.isPaused && !this.isHeld
  }

  /** How far it is, for people and for metrics. */
  get progress(): ConsumerPosition {
    const { topic, partition, committed = null, end = null } = this
    const position = this.processed ?? this.startedAt
    const lag = end === null ? null : Math.max(0, end - position)
    return { topic, partition, position, committed, end, lag }
  }

  /** Whether the broker has more of it, or may have. */
  get isBehind(): boolean {
    return this.end === undefined || this.position < this.end
  }

  /** Goes on from `offset`; what was processed before does not count any more. */
  moveTo(offset: number): void {
    this.startedAt = offset
    this.position = offset
    this.isSought = false
    this.round++
    this.processed = undefined
    this.committed = undefined
  }

  /** Goes on from where the program wants it, and so does its group: see `Assignment.begin`. */
  seek(offset: number): void {
    this.moveTo(offset)
    this.isSought = true
    this.processed = offset
  }

  /** On whose behalf offsets are committed. @throws InvalidOptionError where there is no group */
  get identity(): CommitIdentity {
    return this.#committer.identity ?? refuse()
  }

  commit(offset: number, options: OperationOptions): Promise<void> {
    return this.#committer.commit(this, offset, options)
  }

  commitLater(offset: number): void {
    this.#committer.commitLater(this, offset)
  }
}
