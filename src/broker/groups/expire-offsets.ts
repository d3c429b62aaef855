/**
 * Which committed offsets are too old to be kept (KIP-211). Their age counts from where nobody
 * could use them any more:
 *
 * | group                                  | topics                   | since                     |
 * | -------------------------------------- | ------------------------ | ------------------------- |
 * | nobody ever joined it                  | all                      | the commit                |
 * | classic, without members               | all                      | the last member left      |
 * | classic, of consumers, stable          | not subscribed           | the commit                |
 * | classic, rebalancing, or not consumers | none                     |                           |
 * | of KIP-848, without members            | all                      | the last member left      |
 * | of KIP-848                             | not subscribed           | the commit                |
 *
 * Apache Kafka lets those of KIP-848 groups without members go by the commit, too: where nothing
 * comes for a week, a restart that takes some minutes would begin anew.
 *
 * A client of OffsetCommit up to version 4 may have said itself how long to keep what it commits.
 */

import { isOfConsumers, isSubscribed } from './classic-describe.ts'
import type { ClassicGroup } from './classic-group.ts'
import type { CommittedOffset } from './committed-offsets.ts'
import { SubscribedTopics } from './consumer-topics.ts'
import type { Group } from './group.ts'
import type { TopicLookup } from './topic-lookup.ts'

export interface ExpiryFacts {
  readonly nowMs: number
  readonly retentionMs: number
  readonly topics: TopicLookup
}

export type IsExpired = (topic: string, committed: CommittedOffset) => boolean

/** Returns a test for the offsets of `group`, or `undefined` where all of them are kept. */
export function expiryOf(group: Group, facts: ExpiryFacts): IsExpired | undefined {
  const { nowMs, retentionMs } = facts
  const isOld = ({ expireTimestampMs }: CommittedOffset, sinceMs: number): boolean =>
    expireTimestampMs === -1 ? nowMs - sinceMs >= retentionMs : nowMs >= expireTimestampMs
  if (group.kind === 'classic' && group.state === 'Empty') {
    const emptySinceMs = group.protocolType === null ? -1 : group.stateTimestampMs
    return (_topic, committed) =>
      isOld(committed, emptySinceMs === -1 ? committed.commitTimestampMs : emptySinceMs)
  }
  if (group.kind === 'consumer' && group.members.size === 0) {
    const { targetTimestampMs: emptySinceMs } = group
    // There may be commits by administrators since.
    return (_topic, committed) =>
      isOld(committed, Math.max(committed.commitTimestampMs, emptySinceMs))
  }
  const isRead = readTopics(group, facts.topics)
  return (
    isRead &&
    ((topic, committed) => isOld(committed, committed.commitTimestampMs) && !isRead(topic))
  )
}

function readTopics(group: Group, lookup: TopicLookup): ((topic: string) => boolean) | undefined {
  if (group.kind === 'classic') {
    const isKnown = group.state === 'Stable' && isOfConsumers(group)
    return isKnown ? (topic) => isSubscribed(group, topic) : undefined
  }
  // Mostly nothing is old, and to match all topics with the pattern of each group takes seconds.
  let names: ReadonlySet<string> | undefined
  return (topic) => {
    names ??= new SubscribedTopics(lookup).namesOf(group.members.values())
    return names.has(topic)
  }
}

/** Whether nothing is lost with a group that has no offsets any more. */
export function isDisposable(group: Group): boolean {
  if (group.members.size > 0) return false
  return group.kind === 'consumer' || isIdle(group)
}

function isIdle({ state, pendingJoins }: ClassicGroup): boolean {
  return state === 'Empty' && pendingJoins.size === 0
}
