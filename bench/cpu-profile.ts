/**
 * Sums up a `.cpuprofile`, as `node --cpu-prof` writes it: which functions the time was spent in,
 * not counting what they called. By itself: `node bench/cpu-profile.ts <file>`.
 */

import { readFileSync } from 'node:fs'
import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The part of the format that is needed here; it is Chrome's `Profiler.Profile`. */
export interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number
    readonly callFrame: {
      readonly functionName: string
      readonly url: string
      /** From 0. */
      readonly lineNumber: number
    }
  }[]
  /** The node that was running, at each sample. */
  readonly samples: readonly number[]
  /** Microseconds before each sample, since the one before. */
  readonly timeDeltas: readonly number[]
}

export interface FunctionTime {
  /** The name, and where the function is. */
  readonly what: string
  readonly selfMs: number
}

export interface ProfileSummary {
  /** Time that was not spent waiting for something to do. */
  readonly busyMs: number
  readonly idleMs: number
  /** Most time first; without `(idle)`. */
  readonly functions: readonly FunctionTime[]
}

const idle = '(idle)'

export function summarise(profile: CpuProfile): ProfileSummary {
  const names = new Map(profile.nodes.map(({ id, callFrame }) => [id, nameOf(callFrame)]))
  const selfMs = new Map<string, number>()
  profile.samples.forEach((id, index) => {
    const name = names.get(id) ?? '(unknown)'
    selfMs.set(name, (selfMs.get(name) ?? 0) + profile.timeDeltas[index]! / 1000)
  })
  const idleMs = selfMs.get(idle) ?? 0
  selfMs.delete(idle)
  const functions = [...selfMs]
    .map(([what, selfMs]) => ({ what, selfMs }))
    .sort((a, b) => b.selfMs - a.selfMs)
  const busyMs = functions.reduce((sum, { selfMs }) => sum + selfMs, 0)
  return { busyMs, idleMs, functions }
}

function nameOf(frame: CpuProfile['nodes'][number]['callFrame']): string {
  const name = frame.functionName === '' ? '(anonymous)' : frame.functionName
  if (frame.url === '') return name
  const file = frame.url.startsWith('file:')
    ? relative(process.cwd(), fileURLToPath(frame.url))
    : frame.url
  return `${name}  ${file}:${frame.lineNumber + 1}`
}

/** Returns the `count` functions that took most, as lines of text with their share of busy time. */
export function formatSummary({ busyMs, idleMs, functions }: ProfileSummary, count = 25): string {
  const share = (ms: number): string => `${((100 * ms) / busyMs).toFixed(1)} %`.padStart(7)
  const lines = functions.slice(0, count).map(({ what, selfMs }) => `${share(selfMs)}  ${what}`)
  const seconds = (ms: number): string => (ms / 1000).toFixed(1)
  return [`busy ${seconds(busyMs)} s, idle ${seconds(idleMs)} s`, ...lines].join('\n')
}

function readCpuProfile(file: string): CpuProfile {
  return JSON.parse(readFileSync(file, 'utf8')) as CpuProfile
}

if (import.meta.main) {
  const file = process.argv[2]
  if (file === undefined) throw new Error('usage: node bench/cpu-profile.ts <file.cpuprofile>')
  process.stdout.write(`${formatSummary(summarise(readCpuProfile(file)))}\n`)
}
