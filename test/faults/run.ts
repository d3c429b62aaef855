/**
 * `npm run test:faults`: fails every call to the disk that a fixed workload and its recovery make,
 * damages every file of a data folder in every way, and fails calls of a real process.
 *
 *     npm run test:faults -- --only sweep|damage|process
 *     npm run test:faults -- --only sweep --call 265      one call, once and from then on
 */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { sweepDamage } from './sweep-damage.ts'
import { sweepProcess } from './sweep-process.ts'
import { countCalls, extents, runCase, type SweepCase } from './io-sweep.ts'

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    call: { type: 'string' },
    worker: { type: 'string' },
    workers: { type: 'string', default: '2' },
  },
})
const workers = Number(values.workers)
const phases = ['work', 'recovery after a kill', 'recovery after a power cut'] as const
const shownMax = 5

/** What a worker says of one part of a sweep. */
export interface FaultReport {
  readonly part: string
  readonly cases: number
  /** How often each outcome was. */
  readonly outcomes: Readonly<Record<string, number>>
  readonly failures: readonly string[]
}

const unhandled: unknown[] = []
process.on('unhandledRejection', (error) => unhandled.push(error))

if (values.worker === undefined) await runAll()
else await work(Number(values.worker))

async function work(worker: number): Promise<void> {
  const report = (line: FaultReport): void => console.log(JSON.stringify(line))
  if (isWanted('sweep')) for (const phase of phases) report(await sweepCalls(phase, worker))
  if (isWanted('damage')) for (const line of await sweepDamage({ worker, workers })) report(line)
}

async function sweepCalls(phase: SweepCase['phase'], worker: number): Promise<FaultReport> {
  const calls = await countCalls(phase)
  const only = values.call === undefined ? undefined : Number(values.call)
  const failures: string[] = []
  const outcomes: Record<string, number> = { calls }
  let cases = 0
  for (let call = 1 + worker; call <= calls; call += workers) {
    if (only !== undefined && call !== only) continue
    for (const extent of extents) {
      for (const code of ['EIO', 'ENOSPC'] as const) {
        // The code is told, and nothing else depends on it: every fourth call has both.
        if (code === 'ENOSPC' && call % 4 !== 0) continue
        cases++
        const name = `${phase}: call ${call} of ${calls}, ${extent}, ${code}`
        const failure = await failureOf({ call, extent, code, phase })
        if (failure !== undefined) failures.push(`${name}: ${failure}`)
      }
    }
  }
  return { part: phase, cases, outcomes, failures }
}

async function failureOf(swept: SweepCase): Promise<string | undefined> {
  try {
    await runCase(swept)
    await new Promise((resolve) => setImmediate(resolve))
    const [error] = unhandled.splice(0)
    return error === undefined ? undefined : describe('a rejection that nobody handles', error)
  } catch (error) {
    return error instanceof Error ? error.stack : String(error)
  }
}

function describe(what: string, error: unknown): string {
  return error instanceof Error ? `${what}: ${error.stack}` : what
}

async function runAll(): Promise<void> {
  const reports: FaultReport[] = []
  await Promise.all(Array.from({ length: workers }, (_, worker) => runWorker(worker, reports)))
  if (isWanted('process')) reports.push(await sweepProcess())
  const parts = Map.groupBy(reports, ({ part }) => part)
  for (const [part, ofPart] of parts) {
    const cases = ofPart.reduce((sum, report) => sum + report.cases, 0)
    const failures = ofPart.flatMap((report) => report.failures)
    const outcomes = ofPart.map((report) => JSON.stringify(report.outcomes)).join(' ')
    console.log(`${part}: ${cases} cases, ${failures.length} failed ${outcomes}`)
    for (const failure of failures.slice(0, shownMax)) console.log(`  ${failure}`)
    if (failures.length > 0) process.exitCode = 1
  }
}

async function runWorker(worker: number, reports: FaultReport[]): Promise<void> {
  const script = process.argv[1]!
  const args = [script, ...process.argv.slice(2), '--worker', String(worker)]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  createInterface({ input: child.stdout }).on('line', (line) => {
    reports.push(JSON.parse(line) as FaultReport)
  })
  const [code] = (await once(child, 'close')) as [number | null]
  if (code !== 0) throw new Error(`worker ${worker} ended with exit code ${code}`)
}

function isWanted(part: string): boolean {
  return values.only === undefined || values.only === part
}
