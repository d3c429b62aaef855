/**
 * What becomes of a KIP-848 group when one of its members is heard of: whether the group has
 * changed by it, what all shall have then, and how far the member gets now. No step waits for
 * another member.
 */

import type { Assignment } from './assignment.ts'
import { equalProtocols } from './classic-group.ts'
import {
  ConsumerDraft,
  type ClassicFacts,
  type ConsumerGroup,
  type ConsumerGroupEvent,
  type ConsumerMember,
  type MemberSubscription,
} from './consumer-group.ts'
import { heldSince } from './held-since.ts'
import { decideProgress } from './consumer-reconcile.ts'
import { decideTarget, type TargetFacts } from './consumer-target.ts'

export interface AdvanceFacts extends TargetFacts {
  /** Whether topics may be others than when the group last looked. */
  readonly haveTopicsChanged: boolean
}

/** What is heard of a member. */
export interface Report {
  /** The member until now. One that is not in the group yet becomes a part of it. */
  readonly member: ConsumerMember
  readonly subscription: MemberSubscription
  /** What the member says it has, or `undefined` where it said nothing. */
  readonly owned: Assignment | undefined
}

/** Adds what follows from `report` to `draft`. Returns the member after it. */
export function advance(draft: ConsumerDraft, report: Report, facts: AdvanceFacts): ConsumerMember {
  draft.add(decideSubscription(draft.group, report, facts))
  draft.add(decideTarget(draft.group, facts))
  return reconcile(draft, report)
}

/** As `advance`, for a member that changes nothing for the others. */
export function reconcile(
  draft: ConsumerDraft,
  { member: { memberId }, owned }: Report,
): ConsumerMember {
  const before = draft.group.members.get(memberId)!
  const progress = decideProgress(draft.group, before, owned)
  if (progress) {
    const since = heldSince(before.since, progress)
    draft.add([{ type: 'progress', memberId, progress: { ...progress, since } }])
  }
  return draft.group.members.get(memberId)!
}

/** Returns what makes the member subscribe as it says, and the group's epoch grow by it. */
export function decideSubscription(
  group: ConsumerGroup,
  { member: { memberId, subscription }, subscription: updated }: Report,
  facts: AdvanceFacts,
): ConsumerGroupEvent[] {
  const isNew = !group.members.has(memberId)
  const events: ConsumerGroupEvent[] = []
  if (isNew || !equalSubscriptions(subscription, updated)) {
    events.push({ type: 'member', memberId, subscription: updated })
  }
  const hasChanged =
    isNew ||
    updated.topicRegex !== subscription.topicRegex ||
    !equalNames(updated.topicNames, subscription.topicNames)
  if (!hasChanged && !facts.haveTopicsChanged) return events

  const draft = new ConsumerDraft(group)
  draft.add(events)
  const metadataHash = facts.topics.hashOf(draft.group.members.values())
  if (hasChanged || metadataHash !== group.metadataHash) {
    events.push({ type: 'group', epoch: group.epoch + 1, metadataHash })
  }
  return events
}

function equalSubscriptions(one: MemberSubscription, other: MemberSubscription): boolean {
  const { topicNames, classic, ...rest } = one
  const names = Object.keys(rest) as (keyof typeof rest)[]
  return (
    equalNames(topicNames, other.topicNames) &&
    equalClassicFacts(classic, other.classic) &&
    names.every((name) => one[name] === other[name])
  )
}

function equalNames(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((name, index) => name === other[index])
}

function equalClassicFacts(one: ClassicFacts | null, other: ClassicFacts | null): boolean {
  if (one === null || other === null) return one === other
  return (
    one.sessionTimeoutMs === other.sessionTimeoutMs &&
    equalProtocols(one.protocols, other.protocols)
  )
}
