/**
 * Exactly once, under faults: other people's clients copy a topic in transactions while the network,
 * the broker and they themselves fail. See README.md.
 *
 *     npm run test:exactly-once -- [--runs N] [--seed S] [--parallel P] [--apache-kafka]
 */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { MissingToolchain } from '../conformance/toolchains.ts'
import { apacheKafka, ownBroker } from './broker-under-test.ts'
import { runOnce } from './one-run.ts'
import { preparePrograms } from './programs.ts'

const { values: options } = parseArgs({
  options: {
    runs: { type: 'string', default: '4' },
    seed: { type: 'string' },
    parallel: { type: 'string', default: '2' },
    'apache-kafka': { type: 'boolean' },
    /** Another server than that of the sources: `main.ts` of a copy of them. */
    program: { type: 'string' },
    keep: { type: 'boolean' },
  },
})
const firstSeed = Number(options.seed ?? Date.now() % 1_000_000)
const runCount = Number(options.runs)
const folder = mkdtempSync(join(tmpdir(), 'exactly-once-'))
const openBroker = (place: string) =>
  options['apache-kafka'] ? apacheKafka(place) : ownBroker(place, options.program)

let begun = 0
let inputs = 0
const failedSeeds: number[] = []

async function work(): Promise<void> {
  while (begun < runCount) {
    const seed = firstSeed + begun++
    const place = join(folder, String(seed))
    const { findings, plan, inputCount, seconds } = await runOnce(seed, place, openBroker)
    inputs += inputCount
    const { copiers, groupProtocol, isStatic } = plan
    const who = `${copiers.join('+')} ${groupProtocol}${isStatic ? ' static' : ''}`
    const result = findings.length === 0 ? 'well' : `FAILED, see ${place}`
    const size = `${inputCount} inputs, ${seconds.toFixed(1)} s`
    process.stdout.write(`seed ${seed}: ${result} (${who}, ${size})\n`)
    for (const finding of findings) process.stdout.write(`    ${finding}\n`)
    if (findings.length > 0) failedSeeds.push(seed)
    else if (!options.keep) rmSync(place, { recursive: true, force: true })
  }
}

try {
  await preparePrograms()
} catch (error) {
  // Whoever runs this at home may lack a Java; in CI nothing may go missing unnoticed.
  if (!(error instanceof MissingToolchain) || process.env['CI']) throw error
  process.stdout.write(`skipped: ${error.message}\n`)
  process.exit(0)
}
await Promise.all(Array.from({ length: Number(options.parallel) }, work))
const failed = failedSeeds.length > 0 ? `: seeds ${failedSeeds.join(', ')}` : ''
process.stdout.write(
  `${runCount} runs from seed ${firstSeed}, ${inputs} inputs copied, ` +
    `${failedSeeds.length} runs with findings${failed}\n`,
)
if (failedSeeds.length === 0 && !options.keep) rmSync(folder, { recursive: true, force: true })
else process.exitCode = failedSeeds.length > 0 ? 1 : 0
