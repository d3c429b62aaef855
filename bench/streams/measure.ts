/** Runs a program until its work is done, and measures it on the way. */

import { once } from 'node:events'
import type { ChildProcess } from 'node:child_process'
import { setTimeout as delay } from 'node:timers/promises'
import { endWithUs } from '../../test/support/end-with-us.ts'
import { cpuSeconds, residentBytes } from '../../test/support/process-usage.ts'
export interface Run {
  /** Records that go in; both are without the first part, in which a program gets warm. */
  readonly recordsPerSecond: number
  readonly recordsPerCpuSecond: number
  /** The part of the work that was done in time. */
  readonly share: number
  readonly residentMb: number
}

export interface RunPlan {
  readonly name: string
  readonly start: () => ChildProcess
  /** Returns which part of the work is done, from 0 to 1. */
  readonly progress: () => Promise<number>
  readonly inputCount: number
  /** The part of the work that comes before the measurement. */
  readonly warmUp: number
  /** A program that has not done by then is measured by what it has done. */
  readonly limitMs: number
}

interface Mark {
  readonly share: number
  readonly timeMs: number
  readonly cpuSeconds: number
}

const lookEveryMs = 20
const startLimitMs = 30_000

export async function measure(plan: RunPlan): Promise<Run> {
  const { name, inputCount } = plan
  const child = endWithUs(plan.start())
  const exit = once(child, 'exit')
  const ended = exit.then(() => Promise.reject(new Error(`${name} has ended`)))
  try {
    const { marks, residentMb } = await Promise.race([watch(child.pid!, plan), ended])
    // What is done between two looks has nothing that comes before the measurement.
    const warm = marks.find(({ share }) => share >= plan.warmUp && share < 1) ?? marks[0]!
    const last = marks.at(-1)!
    const records = (last.share - warm.share) * inputCount
    return {
      recordsPerSecond: records / ((last.timeMs - warm.timeMs) / 1000),
      recordsPerCpuSecond: records / (last.cpuSeconds - warm.cpuSeconds),
      share: last.share,
      residentMb,
    }
  } finally {
    ended.catch(() => {
      // It ends because we are done with it.
    })
    child.kill('SIGKILL')
    await exit
  }
}

/** Notes when and with how much processor time the work has come how far. */
async function watch(
  pid: number,
  { progress, limitMs }: RunPlan,
): Promise<{ marks: Mark[]; residentMb: number }> {
  const beganMs = performance.now()
  const marks: Mark[] = [{ share: 0, timeMs: beganMs, cpuSeconds: 0 }]
  for (;;) {
    const share = Math.min(1, await progress())
    const timeMs = performance.now()
    if (share > marks.at(-1)!.share) {
      marks.push({ share, timeMs, cpuSeconds: cpuSeconds(pid) })
    }
    const first = marks[1]?.timeMs
    const isLate = timeMs - (first ?? beganMs) > (first === undefined ? startLimitMs : limitMs)
    if (share === 1 || isLate) {
      if (marks.length < 2) throw new Error(`no results after ${Math.round(timeMs - beganMs)} ms`)
      return { marks, residentMb: residentBytes(pid) / 1e6 }
    }
    await delay(lookEveryMs)
  }
}
