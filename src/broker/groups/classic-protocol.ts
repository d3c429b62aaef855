/**
 * What serves clients of the classic protocol: a classic group, or, for those of its members that
 * speak it, a KIP-848 group. Every method throws a RequestError where it refuses.
 */

import type { JoinGroupRequest, JoinGroupResponseInput } from '../../protocol/join-group.ts'
import type { SyncGroupRequest, SyncGroupResponseInput } from '../../protocol/sync-group.ts'
import type { Leaver } from './classic-leave.ts'
import type { Caller } from './group-parts.ts'

type Eventually<Answer> = Answer | Promise<Answer>

export interface ClassicProtocol {
  join(request: JoinGroupRequest, caller: Caller): Eventually<JoinGroupResponseInput>
  sync(request: SyncGroupRequest, caller: Caller): Eventually<SyncGroupResponseInput>
  heartbeat(memberId: string, instanceId: string | null, generation: number): void
  /** Returns an error code for each leaver, in their order. */
  leave(leavers: readonly Leaver[]): readonly number[]
  /** A commit shows that a member is alive, as a heartbeat does. */
  touch(memberId: string): void
}
