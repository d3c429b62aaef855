/**
 * How a classic group becomes one of KIP-848 while its members go on: when a consumer of the new
 * protocol joins. Each member keeps what it has, as a member that speaks the classic protocol.
 */

import { difference, noPartitions, union, type Assignment } from './assignment.ts'
import {
  metadataOf,
  haveCommonProtocol,
  selectProtocol,
  type ClassicGroup,
  type ClassicMember,
} from './classic-group.ts'
import {
  byId,
  consumerProtocolType,
  readAssignment,
  readSubscription,
} from './classic-subscription.ts'
import { applyEvents, emptyConsumerGroup, type ConsumerGroupEvent } from './consumer-group.ts'
import { SubscribedTopics } from './consumer-topics.ts'
import { heldNothing, heldSince } from './held-since.ts'
import { RequestError } from '../request-error.ts'
import { allowsUpgrade, type ResolvedGroupOptions } from './group-options.ts'
import type { TopicLookup } from './topic-lookup.ts'

/**
 * Returns what makes an empty group the one that `group` becomes.
 *
 * @throws RequestError with GROUP_ID_NOT_FOUND, which is what the consumer is told, where it cannot
 */
export function decideUpgrade(
  group: ClassicGroup,
  options: Pick<ResolvedGroupOptions, 'migrationPolicy' | 'consumerMaxSize'>,
  topics: TopicLookup,
): ConsumerGroupEvent[] {
  checkUpgradable(group, options)
  // A group whose last member has left amid a rebalance has none, and needs none.
  const protocol = group.protocol ?? (haveCommonProtocol(group) ? selectProtocol(group) : '')
  // One that may never hear its id comes back as another one.
  const members = [...group.members.values()].filter(({ canReturn }) => canReturn)
  const known = members.map((member) => read(group.groupId, member, { protocol, topics }))
  // 0 is what members join with.
  const epoch = Math.max(group.generation, 1)
  const targets = disjoint(known.map(({ assigned }) => assigned))
  // A cooperative member reads what it said it has until it has heard of its assignment (KIP-429).
  const held = disjoint([...targets, ...known.map(({ owned }) => owned)]).slice(members.length)
  const events = members.flatMap(({ memberId }, index): ConsumerGroupEvent[] => {
    const { subscription } = known[index]!
    const target = targets[index]!
    const assigned = union(target, held[index]!)
    const epochs = { epoch, previousEpoch: epoch }
    const progress = { ...epochs, state: 'stable', assigned, revoking: noPartitions } as const
    const since = heldSince(heldNothing, progress)
    return [
      { type: 'member', memberId, subscription },
      { type: 'target', memberId, target },
      { type: 'progress', memberId, progress: { ...progress, since } },
    ]
  })
  const isSettled = group.state === 'Stable' && held.every(({ size }) => size === 0)
  const metadataHash = isSettled ? hashAfter(group.groupId, events, topics) : noHash
  return [
    { type: 'group', epoch, metadataHash },
    ...events,
    { type: 'target-epoch', epoch, timestampMs: 0 },
  ]
}

/** What no topics have: with it the first heartbeat finds that the target is out of date. */
const noHash = '0'.repeat(16)

/**
 * A static member that only takes its own place then moves nothing; unless nobody has partitions
 * that were added since the classic group shared them out.
 */
function hashAfter(
  groupId: string,
  events: readonly ConsumerGroupEvent[],
  topics: TopicLookup,
): string {
  const { members, targets } = applyEvents(emptyConsumerGroup(groupId), events)
  const subscribed = new SubscribedTopics(topics)
  const targetOf = [...targets.values()]
  const isCovered = [...subscribed.ofAll(members.values()).values()].every(
    ({ id, partitionCount }) =>
      targetOf.reduce((sum, target) => sum + (target.get(id)?.length ?? 0), 0) >= partitionCount,
  )
  return isCovered ? subscribed.hashOf(members.values()) : noHash
}

/** Returns each without what one before it has. */
function disjoint(assignments: readonly Assignment[]): Assignment[] {
  let taken = noPartitions
  return assignments.map((assignment) => {
    const own = difference(assignment, taken)
    taken = union(taken, own)
    return own
  })
}

function checkUpgradable(
  group: ClassicGroup,
  options: Pick<ResolvedGroupOptions, 'migrationPolicy' | 'consumerMaxSize'>,
): void {
  const { groupId, protocolType, members } = group
  if (!allowsUpgrade(options.migrationPolicy)) throw notUpgradable(groupId, 'it is disabled')
  if (protocolType !== consumerProtocolType) {
    throw notUpgradable(groupId, 'its members are no consumers')
  }
  if (members.size > options.consumerMaxSize) throw notUpgradable(groupId, 'it is too large')
}

function read(
  groupId: string,
  member: ClassicMember,
  { protocol, topics }: { readonly protocol: string; readonly topics: TopicLookup },
) {
  const message = readSubscription(metadataOf(member, protocol))
  const assignment = readAssignment(member.assignment, topics)
  if (!message || !assignment) throw notUpgradable(groupId, 'what its members say cannot be read')
  if (assignment.hasUserData) throw notUpgradable(groupId, 'it has an assignor of its own')
  const { instanceId, clientId, clientHost, rebalanceTimeoutMs, sessionTimeoutMs } = member
  const subscription = {
    instanceId,
    rackId: message.rackId,
    clientId,
    clientHost,
    topicNames: [...new Set(message.topics)].sort(),
    topicRegex: null,
    rebalanceTimeoutMs,
    serverAssignor: null,
    classic: { sessionTimeoutMs, protocols: member.protocols },
  }
  const owned = byId(message.ownedPartitions, topics)
  return { subscription, assigned: assignment.assigned, owned }
}

function notUpgradable(groupId: string, reason: string): RequestError {
  const message = `Cannot upgrade classic group ${groupId} to a consumer group: ${reason}.`
  return new RequestError('GROUP_ID_NOT_FOUND', message)
}
