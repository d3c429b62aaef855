/** What a process has used so far, as Linux counts it. */

import { readFileSync } from 'node:fs'

// USER_HZ, which has been 100 on every Linux that Node runs on.
const ticksPerSecond = 100

/** Returns the processor time that `pid` has used in all its threads, user and system together. */
export function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  // The second field is the program's name in brackets, which may itself hold spaces.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const [user, system] = [Number(fields[11]), Number(fields[12])]
  return (user + system) / ticksPerSecond
}

/** Returns how much memory `pid` occupies right now (its resident set). */
export function residentBytes(pid: number): number {
  const kibibytes = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  if (kibibytes === undefined) throw new Error(`process ${pid} has no resident memory`)
  return Number(kibibytes) * 1024
}
