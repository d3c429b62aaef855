/** What a program that is measured is told: which workload, and where. */

import type { WorkloadName } from './workloads.ts'

export interface ProgramSettings {
  readonly bootstrap: string
  readonly workload: WorkloadName
  /** Names its group and the topics of its own. */
  readonly application: string
  readonly orders: string
  readonly payments: string
  readonly customers: string
  readonly output: string
  readonly isExactlyOnce: boolean
}

/** Settings as the only argument of a program. */
export function settingsOfProgram(): ProgramSettings {
  return JSON.parse(process.argv[2]!) as ProgramSettings
}
