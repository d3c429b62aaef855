/**
 * How a classic group becomes one of KIP-848 while its members go on: when a consumer of the new
 * protocol joins. Each member keeps what it has, as a member that speaks the classic protocol.
 */

import { difference, noPartitions, union, type Assignment } from './assignment.ts'
import {
  metadataOf,
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
import type { ConsumerGroupEvent } from './consumer-group.ts'
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
  const protocol = group.protocol ?? selectProtocol(group)
  // One that may never hear its id comes back as another one.
  const members = [...group.members.values()].filter(({ canReturn }) => canReturn)
  const known = members.map((member) => read(group.groupId, member, { protocol, topics }))
  const { generation } = group
  // The hash is found with the first heartbeat: it joins, and so makes the epoch grow.
  const events: ConsumerGroupEvent[] = [{ type: 'group', epoch: generation, metadataHash: noHash }]
  const targets = disjoint(known.map(({ assigned }) => assigned))
  // A cooperative member reads what it said it has until it has heard of its assignment (KIP-429).
  const held = disjoint([...targets, ...known.map(({ owned }) => owned)]).slice(members.length)
  members.forEach(({ memberId }, index) => {
    const { subscription } = known[index]!
    const target = targets[index]!
    const progress = {
      epoch: generation,
      previousEpoch: generation,
      state: 'stable',
      assigned: union(target, held[index]!),
      revoking: noPartitions,
    } as const
    const since = heldSince(heldNothing, progress)
    events.push(
      { type: 'member', memberId, subscription },
      { type: 'target', memberId, target },
      { type: 'progress', memberId, progress: { ...progress, since } },
    )
  })
  return [...events, { type: 'target-epoch', epoch: generation, timestampMs: 0 }]
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

const noHash = '0'.repeat(16)

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
