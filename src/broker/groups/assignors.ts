/** The server-side assignors of KIP-848 groups: what they are given and return, and their names. */

import type { Assignment } from './assignment.ts'
import { assignRanges } from './range-assignor.ts'
import { assignUniformly } from './uniform-assignor.ts'

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

export const defaultAssignorName = 'uniform'

const assignors: ReadonlyMap<string, Assignor> = new Map([
  [defaultAssignorName, assignUniformly],
  ['range', assignRanges],
])

export const assignorNames: readonly string[] = [...assignors.keys()]

export function assignorOf(name: string): Assignor | undefined {
  return assignors.get(name)
}
