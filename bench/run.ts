/**
 * `npm run bench`: runs benchmarks by name, or all, and prints a table of each, with what a peer
 * did in the same run. `docs/performance.md` says what the numbers mean.
 */

import { inspect, parseArgs } from 'node:util'
import { bareLoop } from './bare-loop.ts'
import { compaction } from './compaction.ts'
import { describeMachine, machineLine } from './machine.ts'
import { nexmark } from './nexmark.ts'
import { openLog } from './open-log.ts'
import { partitions } from './partitions.ts'
import { perfTools } from './perf-tools.ts'
import { profileBroker } from './profile-broker.ts'
import { record } from './record.ts'
import { formatTable, keepResult, type Benchmark, type RunOptions } from './report.ts'
import { scale } from './scale.ts'
import { sdk } from './sdk.ts'
import { startUp } from './start-up.ts'
import { streams } from './streams.ts'
import { syncedProduce } from './synced-produce.ts'

const benchmarks: readonly Benchmark[] = [
  startUp,
  openLog,
  record,
  bareLoop,
  perfTools,
  syncedProduce,
  sdk,
  scale,
  partitions,
  compaction,
  streams,
  nexmark,
]

/** A benchmark that takes longer than this hangs. */
const limitMs = 20 * 60_000

const usage = `usage: npm run bench -- [name …] [--quick] [--reference] [--profile]

${benchmarks.map(({ name, about }) => `  ${name.padEnd(16)}${about}`).join('\n')}

  --quick      fewer and shorter runs, to see whether it works
  --reference  Apache Kafka in our place: how far from 1 are ratios that should be 1?
  --profile    where our broker spends its time under Kafka's tools, and nothing else

A full run is added to bench/results.
`

interface Flags {
  readonly quick: boolean
  readonly reference: boolean
}

function runOptions(name: string, flags: Flags): RunOptions {
  return {
    isQuick: flags.quick,
    isReference: flags.reference,
    progress: (message) => process.stderr.write(`${name}: ${message}\n`),
  }
}

async function runOne(benchmark: Benchmark, flags: Flags): Promise<void> {
  const { name, about } = benchmark
  const machine = describeMachine()
  const started = performance.now()
  const limit = setTimeout(() => {
    process.stderr.write(`${name}: not done after ${limitMs / 60_000} minutes\n`)
    process.exit(1)
  }, limitMs)
  const report = await benchmark.run(runOptions(name, flags)).finally(() => clearTimeout(limit))
  const seconds = Math.round((performance.now() - started) / 1000)
  const manner = [flags.quick && 'quick', flags.reference && 'Apache Kafka in our place']
  const remarks = [`${seconds} s`, ...manner].filter((remark) => typeof remark === 'string')
  const lines = [
    `${name}: ${about} (${remarks.join(', ')})`,
    machineLine(machine),
    '',
    formatTable(report.rows),
    ...(report.notes ?? []).map((note, index) => (index === 0 ? `\n${note}` : note)),
  ]
  process.stdout.write(`\n${lines.join('\n')}\n`)
  if (!flags.quick && !flags.reference) keepResult(name, machine, report)
}

/** Runs `chosen` one after the other, also when one of them fails. */
async function runAll(chosen: readonly Benchmark[], flags: Flags): Promise<void> {
  for (const benchmark of chosen) {
    try {
      await runOne(benchmark, flags)
    } catch (error) {
      process.stderr.write(`${benchmark.name} failed: ${inspect(error)}\n`)
      process.exitCode = 1
    }
  }
}

const flag = { type: 'boolean', default: false } as const
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { quick: flag, reference: flag, profile: flag, help: flag },
})
// Brokers that run are ended when this process is.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))

const unknown = positionals.find((name) => !benchmarks.some((known) => known.name === name))
if (unknown !== undefined) {
  process.stderr.write(`there is no benchmark '${unknown}'\n\n${usage}`)
  process.exitCode = 2
} else if (values.help) process.stdout.write(usage)
else if (values.profile) await profileBroker(runOptions('profile', values))
else {
  const chosen = benchmarks.filter(({ name }) => positionals.includes(name))
  await runAll(chosen.length > 0 ? chosen : benchmarks, values)
}
