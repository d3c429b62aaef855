/** What this process has used of its machine. */

import { performance } from 'node:perf_hooks'

/** All since the process started. */
export interface ProcessUse {
  readonly cpuMs: number
  readonly residentBytes: number
  /** Milliseconds since 1970. */
  readonly startedAtMs: number
  /** How long its event loop was busy. */
  readonly loopActiveMs: number
}

export function processUse(): ProcessUse {
  const { user, system } = process.cpuUsage()
  return {
    cpuMs: (user + system) / 1000,
    residentBytes: process.memoryUsage.rss(),
    startedAtMs: performance.timeOrigin,
    loopActiveMs: performance.eventLoopUtilization().active,
  }
}
