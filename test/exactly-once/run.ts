/**
 * Exactly once, under faults: other people's clients copy a topic in transactions while the network,
 * the broker and they themselves fail. See README.md.
 *
 *     npm run test:exactly-once -- [--runs N] [--seed S] [--parallel P] [--apache-kafka]
 *     npm run test:exactly-once -- --bite
 */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { MissingToolchain } from '../conformance/toolchains.ts'
import { bites, plant } from './bites.ts'
import { apacheKafka, ownBroker, type BrokerUnderTest } from './broker-under-test.ts'
import { runOnce, type RunResult } from './one-run.ts'
import { preparePrograms } from './programs.ts'

const { values: options } = parseArgs({
  options: {
    runs: { type: 'string', default: '4' },
    seed: { type: 'string' },
    parallel: { type: 'string', default: '2' },
    'apache-kafka': { type: 'boolean' },
    bite: { type: 'boolean' },
    /** Words of the names of mistakes: only those. */
    mistakes: { type: 'string', default: '' },
    keep: { type: 'boolean' },
  },
})
const firstSeed = Number(options.seed ?? Date.now() % 1_000_000)
const folder = mkdtempSync(join(tmpdir(), 'exactly-once-'))

/** Runs that are begun with the same broker. */
interface Series {
  readonly openBroker: (folder: string) => Promise<BrokerUnderTest>
  readonly place: string
}

interface Tally {
  readonly failedSeeds: readonly number[]
  readonly inputCount: number
}

async function runOne(seed: number, { openBroker, place }: Series): Promise<RunResult> {
  const runFolder = join(place, String(seed))
  const result = await runOnce(seed, runFolder, openBroker)
  const { findings, plan, inputCount, hangCount, seconds } = result
  const { copiers, groupProtocol, isStatic } = plan
  const who = `${copiers.join('+')} ${groupProtocol}${isStatic ? ' static' : ''}`
  const verdict = findings.length === 0 ? 'well' : `FINDINGS, see ${runFolder}`
  const hangs = hangCount > 0 ? `${hangCount} clients hung, ` : ''
  const size = `${inputCount} inputs, ${hangs}${seconds.toFixed(1)} s`
  const lines = [`seed ${seed}: ${verdict} (${who}, ${size})`, ...findings.map(indented)]
  process.stdout.write(`${lines.join('\n')}\n`)
  if (findings.length === 0 && !options.keep) rmSync(runFolder, { recursive: true, force: true })
  return result
}

function indented(text: string): string {
  return `    ${text}`
}

/** Lets so many workers take one item after the other. */
async function inParallel<Item>(
  items: readonly Item[],
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const left = [...items]
  const worker = async (): Promise<void> => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) await work(item)
  }
  await Promise.all(Array.from({ length: Number(options.parallel) }, worker))
}

async function runAll(seeds: readonly number[]): Promise<Tally> {
  const openBroker = options['apache-kafka'] ? apacheKafka : (place: string) => ownBroker(place)
  const failedSeeds: number[] = []
  let inputCount = 0
  await inParallel(seeds, async (seed) => {
    const result = await runOne(seed, { openBroker, place: folder })
    inputCount += result.inputCount
    if (result.findings.length > 0) failedSeeds.push(seed)
  })
  return { failedSeeds, inputCount }
}

/** Makes each of the mistakes; returns the names of those that no seed has noticed. */
async function biteAll(seeds: readonly number[]): Promise<string[]> {
  const missed: string[] = []
  const chosen = [...bites.entries()].filter(([, { name }]) => name.includes(options.mistakes))
  await inParallel(chosen, async ([number, bite]) => {
    const place = join(folder, `bite-${number}`)
    const program = plant(bite, join(place, 'broker'))
    const openBroker = (runFolder: string) => ownBroker(runFolder, program)
    for (const seed of seeds) {
      const { findings } = await runOne(seed, { openBroker, place })
      if (findings.length === 0) continue
      process.stdout.write(`noticed with seed ${seed}: ${bite.name}\n`)
      return
    }
    missed.push(bite.name)
  })
  return missed
}

async function main(): Promise<boolean> {
  const seeds = Array.from({ length: Number(options.runs) }, (_, run) => firstSeed + run)
  if (options.bite) {
    const missed = await biteAll(seeds)
    for (const name of missed) process.stdout.write(`NOT NOTICED: ${name}\n`)
    process.stdout.write(missed.length === 0 ? 'all mistakes noticed\n' : '')
    return missed.length === 0
  }
  const { failedSeeds, inputCount } = await runAll(seeds)
  const which = failedSeeds.length > 0 ? `: seeds ${failedSeeds.join(', ')}` : ''
  process.stdout.write(
    `${seeds.length} runs from seed ${firstSeed}, ${inputCount} inputs copied, ` +
      `${failedSeeds.length} runs with findings${which}\n`,
  )
  return failedSeeds.length === 0
}

try {
  await preparePrograms()
} catch (error) {
  // Whoever runs this at home may lack a Java; in CI nothing may go missing unnoticed.
  if (!(error instanceof MissingToolchain) || process.env['CI']) throw error
  process.stdout.write(`skipped: ${error.message}\n`)
  process.exit(0)
}
const isGood = await main()
if ((isGood || options.bite) && !options.keep) rmSync(folder, { recursive: true, force: true })
// A socket that a fault has left without its other end would keep the process.
process.exit(isGood ? 0 : 1)
