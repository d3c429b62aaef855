/** SyncGroup, decided: the leader hands out the assignment, the others wait for it. */

import { errorCodes } from '../../protocol/error-codes.ts'
import type { SyncGroupResponseInput } from '../../protocol/sync-group.ts'
import { ClassicDraft, type Outcome } from './classic-draft.ts'
import {
  checkGeneration,
  memberOf,
  noAssignment,
  type ClassicGroup,
  type ClassicMember,
  type Ticket,
} from './classic-group.ts'
import { RequestError } from '../request-error.ts'

export interface SyncRequest {
  readonly memberId: string
  readonly instanceId: string | null
  readonly generation: number
  /** `null` where the client does not say: it does since version 5 (KIP-559). */
  readonly protocolType: string | null
  readonly protocolName: string | null
  /** Of the leader; the others send none. */
  readonly assignments: ReadonlyMap<string, Uint8Array>
  readonly ticket: Ticket
}

/** @throws RequestError */
export function decideSync(group: ClassicGroup, request: SyncRequest, nowMs: number): Outcome {
  const member = memberOf(group, request.memberId, request.instanceId)
  checkGeneration(group, request.generation)
  checkProtocol(group, request.protocolType, group.protocolType)
  checkProtocol(group, request.protocolName, group.protocol)
  if (group.state === 'PreparingRebalance') {
    throw new RequestError('REBALANCE_IN_PROGRESS', `Group ${group.groupId} is rebalancing.`)
  }
  const draft = new ClassicDraft(group, nowMs)
  draft.removePendingSync(member.memberId)
  if (draft.group.pendingSyncs.size === 0) draft.wait('none')
  if (group.state === 'Stable') {
    draft.answerSync(request.ticket, syncAnswer(group, member))
    return draft.finish()
  }
  draft.failSync(member, errorCodes.REBALANCE_IN_PROGRESS)
  draft.put({ ...member, sync: request.ticket })
  if (group.leader === member.memberId) assign(draft, request.assignments)
  return draft.finish()
}

function checkProtocol(group: ClassicGroup, offered: string | null, actual: string | null): void {
  if (offered === null || actual === null || offered === actual) return
  throw new RequestError(
    'INCONSISTENT_GROUP_PROTOCOL',
    `Group ${group.groupId} has the protocol ${actual}, not ${offered}.`,
  )
}

function assign(draft: ClassicDraft, assignments: ReadonlyMap<string, Uint8Array>): void {
  draft.enter('Stable')
  for (const member of draft.group.members.values()) {
    const { memberId, sync, sessionTimeoutMs } = member
    const assigned = { ...member, assignment: assignments.get(memberId) ?? noAssignment }
    draft.put({ ...assigned, sync: undefined })
    if (sync === undefined) continue
    draft.answerSync(sync, syncAnswer(draft.group, assigned))
    draft.startSession(memberId, sessionTimeoutMs)
  }
  draft.store()
}

function syncAnswer(group: ClassicGroup, { assignment }: ClassicMember): SyncGroupResponseInput {
  const { protocolType, protocol: protocolName } = group
  return { errorCode: errorCodes.NONE, protocolType, protocolName, assignment }
}
