/**
 * `npm run test:simulation`: many seeds, in as many processes as there are processors, with a
 * summary of what happened in them. The seeds are the same each time, so that a failure stays one;
 * `--from` tries others.
 *
 *     npm run test:simulation -- --seed 42           one seed, twice, to see that it repeats
 *     npm run test:simulation -- --seed 42 --trace   everything that happens in it
 *     npm run test:simulation -- --from 100000 --seeds 5000
 */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { runSeed } from './run-seed.ts'
import { missingKinds } from './required-events.ts'

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: process.env['SEED'] ?? '' },
    seeds: { type: 'string', default: '1000' },
    from: { type: 'string', default: '1' },
    processes: { type: 'string', default: '2' },
    trace: { type: 'boolean', default: false },
    worker: { type: 'boolean', default: false },
  },
})

/** What a worker says of one seed, as a line of JSON. */
interface Report {
  readonly seed: number
  readonly counts: readonly (readonly [what: string, count: number])[]
  readonly violation: string | undefined
}

const progressMs = 5000
const failuresShownMax = 10

if (values.seed !== '') await replay(Number(values.seed))
else if (values.worker) await work()
else await runAll(Number(values.from), Number(values.seeds), Number(values.processes))

async function replay(seed: number): Promise<void> {
  const onLine = values.trace ? { onLine: (line: string) => console.log(line) } : {}
  const { trace, violation } = await runSeed({ seed, ...onLine })
  console.log(violation ? `seed ${seed}: ${violation.stack}` : `seed ${seed}: nothing is wrong`)
  const again = values.trace ? trace : (await runSeed({ seed })).trace
  console.log(`trace ${trace}, ${again === trace ? 'the same again' : `and then ${again}`}`)
  if (violation || again !== trace) process.exitCode = 1
}

/** Runs every n-th seed and writes a report of each to the standard output. */
async function work(): Promise<void> {
  const step = Number(values.processes)
  const end = Number(values.from) + Number(values.seeds)
  for (let seed = Number(values.from); seed < end; seed += step) {
    const { counts, violation } = await runSeed({ seed })
    const report: Report = { seed, counts: [...counts], violation: violation?.stack }
    console.log(JSON.stringify(report))
  }
}

async function runAll(from: number, seeds: number, processes: number): Promise<void> {
  const begunMs = performance.now()
  const counts = new Map<string, number>()
  const failures: Report[] = []
  let doneCount = 0
  const timer = setInterval(() => {
    console.error(`${doneCount} of ${seeds} seeds, ${failures.length} failed`)
  }, progressMs)
  const take = (report: Report): void => {
    doneCount++
    for (const [what, count] of report.counts) counts.set(what, (counts.get(what) ?? 0) + count)
    if (report.violation === undefined) return
    failures.push(report)
    if (failures.length <= failuresShownMax)
      console.error(`seed ${report.seed}: ${report.violation}`)
  }
  await Promise.all(
    Array.from({ length: processes }, (_, index) =>
      runWorker({ from: from + index, seeds: seeds - index, processes }, take),
    ),
  )
  clearInterval(timer)
  for (const [what, count] of [...counts].sort(([a], [b]) => (a < b ? -1 : 1))) {
    console.log(`${String(count).padStart(9)}  ${what}`)
  }
  const missing = missingKinds(counts)
  for (const what of missing) console.error(`never happened: ${what}`)
  const seconds = ((performance.now() - begunMs) / 1000).toFixed(0)
  console.log(`${doneCount} seeds in ${seconds} s, ${failures.length} failed`)
  if (failures.length > 0) {
    console.log(`Repeat one with: npm run test:simulation -- --seed ${failures[0]!.seed}`)
  }
  if (failures.length > 0 || doneCount < seeds || missing.length > 0) process.exitCode = 1
}

async function runWorker(
  share: { readonly from: number; readonly seeds: number; readonly processes: number },
  take: (report: Report) => void,
): Promise<void> {
  const options = Object.entries(share).map(([name, value]) => `--${name}=${value}`)
  const child = spawn(process.execPath, [import.meta.filename, '--worker', ...options], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, SEED: '' },
  })
  const exit = once(child, 'exit')
  for await (const line of createInterface({ input: child.stdout }))
    take(JSON.parse(line) as Report)
  await exit
}
