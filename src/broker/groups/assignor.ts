/** What a server-side assignor of KIP-848 groups is given, and what it returns. */

import type { Assignment } from './assignment.ts'

export interface AssignorMember {
  readonly memberId: string
  readonly instanceId: string | null
  /** The topics it subscribes to, of those that exist. */
  readonly topicIds: ReadonlySet<string>
  /** What it was to have until now. */
  readonly current: Assignment
}

export interface AssignorInput {
  readonly members: readonly AssignorMember[]
  readonly partitionCounts: ReadonlyMap<string, number>
}

/**
 * Returns what each member shall have, by member id. Every partition that a member subscribes to is
 * given to exactly one of its subscribers; the same input gives the same result.
 */
export type Assignor = (input: AssignorInput) => ReadonlyMap<string, Assignment>
