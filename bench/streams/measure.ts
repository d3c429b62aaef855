/** Runs a program until all results are there, and measures it on the way. */

import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { cpuSeconds, residentBytes } from '../../test/support/process-usage.ts'
import type { RawClient } from '../raw-client.ts'
import type { Contestant } from './contestants.ts'
import type { ProgramSettings } from './program.ts'
import { recordCount } from './results.ts'
import { partitions } from './workloads.ts'

export interface Run {
  /** Records that go in; both are without the first part, in which a program gets warm. */
  readonly recordsPerSecond: number
  readonly recordsPerCpuSecond: number
  /** Of the results that were to come, the part that came in time. */
  readonly share: number
  readonly residentMb: number
}

export interface RunPlan {
  readonly contestant: Contestant
  readonly settings: ProgramSettings
  readonly inputCount: number
  readonly resultCount: number
  /** The part of the results that comes before the measurement. */
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

export async function measure(client: RawClient, plan: RunPlan): Promise<Run> {
  const { contestant, settings, inputCount } = plan
  const child = contestant.start(settings)
  const killWithUs = (): boolean => child.kill('SIGKILL')
  process.once('exit', killWithUs)
  const exit = once(child, 'exit')
  const ended = exit.then(() => Promise.reject(new Error(`${contestant.name} has ended`)))
  try {
    const { marks, residentMb } = await Promise.race([watch(client, child.pid!, plan), ended])
    const warm = marks.find(({ share }) => share >= plan.warmUp) ?? marks[0]!
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
    process.removeListener('exit', killWithUs)
  }
}

/** Notes when and with how much processor time the results have come how far. */
async function watch(
  client: RawClient,
  pid: number,
  { settings, resultCount, limitMs }: RunPlan,
): Promise<{ marks: Mark[]; residentMb: number }> {
  const marks: Mark[] = []
  const beganMs = performance.now()
  for (;;) {
    const count = await recordCount(client, settings.output, partitions)
    const timeMs = performance.now()
    const share = Math.min(1, count / resultCount)
    if (share > (marks.at(-1)?.share ?? 0)) {
      marks.push({ share, timeMs, cpuSeconds: cpuSeconds(pid) })
    }
    const first = marks[0]?.timeMs
    const isLate = timeMs - (first ?? beganMs) > (first === undefined ? startLimitMs : limitMs)
    if (share === 1 || isLate) {
      if (marks.length < 2) throw new Error(`no results after ${Math.round(timeMs - beganMs)} ms`)
      return { marks, residentMb: residentBytes(pid) / 1e6 }
    }
    await delay(lookEveryMs)
  }
}
