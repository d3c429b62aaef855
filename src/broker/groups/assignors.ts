/** The server-side assignors of KIP-848 groups, by the names that members ask for them with. */

import type { Assignor } from './assignor.ts'
import { assignRanges } from './range-assignor.ts'
import { assignUniformly } from './uniform-assignor.ts'

export const defaultAssignorName = 'uniform'

const assignors: ReadonlyMap<string, Assignor> = new Map([
  [defaultAssignorName, assignUniformly],
  ['range', assignRanges],
])

export const assignorNames: readonly string[] = [...assignors.keys()]

export function assignorOf(name: string): Assignor | undefined {
  return assignors.get(name)
}
