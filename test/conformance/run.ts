/**
 * The conformance run: other people's Kafka clients, unmodified, against a broker. See README.md.
 *
 *     npm run test:conformance [-- --only kcat,kafkajs] [--bootstrap host:port] [--apache-kafka]
 */

import { parseArgs } from 'node:util'
import { startBroker, startReference, startSecureBroker } from './broker.ts'
import type { RunningBroker, SecureBroker } from './broker.ts'
import { keepRows, writeCompatibilityPage } from './compatibility-page.ts'
import { clients, type Client, type Scenario } from './clients.ts'
import { runFormatTests } from './run-format-tests.ts'
import { runProgram } from './run-program.ts'
import { MissingToolchain, prepare } from './toolchains.ts'

/** A line of the table that is printed in the end. */
interface Row {
  readonly client: string
  readonly version: string
  readonly scenario: Scenario
  readonly result: 'passed' | 'failed' | 'skipped'
  readonly seconds: string
  /** Features that the program has checked; or why it failed or was skipped. */
  readonly remark: string
}

const { values: options } = parseArgs({
  options: {
    bootstrap: { type: 'string' },
    'apache-kafka': { type: 'boolean' },
    only: { type: 'string' },
    scenarios: { type: 'string' },
    'update-docs': { type: 'boolean' },
    records: { type: 'string', default: '100000' },
  },
})

function chooseClients(): readonly Client[] {
  if (options.only === undefined) return clients
  return options.only.split(',').map((name) => {
    const client = clients.find((client) => client.name === name)
    if (client) return client
    const names = clients.map((client) => client.name).join(', ')
    throw new Error(`--only ${name}: there is no such client, only ${names}`)
  })
}

/** Those that need a broker which knows its clients, as only ours is started. */
const secureScenarios: readonly Scenario[] = ['admin', 'security']
/** Those that only our broker can pass. */
const ownScenarios: readonly Scenario[] = [...secureScenarios, 'metrics']

function scenariosOf({ programs }: Client): readonly Scenario[] {
  const chosen = options.scenarios?.split(',')
  const isOurs = options.bootstrap === undefined && !options['apache-kafka']
  return (Object.keys(programs) as Scenario[]).filter(
    (scenario) =>
      (chosen?.includes(scenario) ?? true) && (isOurs || !ownScenarios.includes(scenario)),
  )
}

async function chooseBroker(): Promise<RunningBroker> {
  const { bootstrap } = options
  if (bootstrap !== undefined) return { bootstrap, stop: async () => {} }
  return options['apache-kafka'] ? await startReference() : await startBroker()
}

async function runClient(client: Client, bootstrap: string): Promise<Row[]> {
  const rows: Row[] = []
  try {
    await prepare(client.toolchain)
  } catch (error) {
    const remark = (error as Error).message
    // Whoever runs this at home may lack a Java; in CI nothing may go missing unnoticed.
    const isExcused = error instanceof MissingToolchain && !process.env['CI']
    const result = isExcused ? 'skipped' : 'failed'
    for (const scenario of scenariosOf(client)) {
      rows.push({ client: client.name, version: '', scenario, result, seconds: '', remark })
    }
    return rows
  }
  for (const scenario of scenariosOf(client)) {
    const recordCount = Number(options.records) * (client.recordShare ?? 1)
    const { signal } = interruption
    const isSecure = secureScenarios.includes(scenario)
    if (isSecure) secureBroker ??= await startSecureBroker()
    const place = isSecure ? secureBroker! : { bootstrap, env: {} }
    const program = { client, scenario, recordCount, signal, ...place }
    const { problems, features, durationMs } = await runProgram(program)
    rows.push({
      client: client.name,
      version: client.version(),
      scenario,
      result: problems.length === 0 ? 'passed' : 'failed',
      seconds: (durationMs / 1000).toFixed(1),
      remark: problems.length === 0 ? features.toSorted().join(' ') : problems.join('\n'),
    })
  }
  return rows
}

function printTable(rows: readonly Row[]): void {
  const titles = ['client', 'version', 'scenario', 'result', 'seconds', 'features']
  const cells = rows.map((row) => [
    row.client,
    row.version,
    row.scenario,
    row.result,
    row.seconds,
    row.result === 'passed' ? row.remark : '',
  ])
  const widths = titles.map((title, i) =>
    Math.max(title.length, ...cells.map((row) => row[i]?.length ?? 0)),
  )
  for (const row of [titles, widths.map((width) => '-'.repeat(width)), ...cells]) {
    const line = row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join('  ')
    process.stdout.write(`${line.trimEnd()}\n`)
  }
}

function printSummary(rows: readonly Row[]): void {
  printTable(rows)
  for (const { client, scenario, result, remark } of rows) {
    if (result !== 'passed') process.stdout.write(`\n${client}, ${scenario}: ${remark}\n`)
  }
  const count = (wanted: string) => rows.filter(({ result }) => result === wanted).length
  process.stdout.write(
    `\n${count('passed')} passed, ${count('failed')} failed, ${count('skipped')} skipped\n`,
  )
}

const interruption = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => interruption.abort())

const chosen = chooseClients()
const broker = await chooseBroker()
let secureBroker: SecureBroker | undefined
const rows: Row[] = []
try {
  for (const client of chosen) {
    if (interruption.signal.aborted) break
    const added = await runClient(client, broker.bootstrap)
    for (const { scenario, result, seconds } of added) {
      process.stderr.write(`${client.name} (${scenario}): ${result} ${seconds}\n`)
    }
    rows.push(...added)
    keepRows(added)
  }
} finally {
  await broker.stop()
  await secureBroker?.stop()
}
printSummary(rows)
if (options['update-docs']) writeCompatibilityPage()
const { only, scenarios, bootstrap } = options
const isWholeRun = [only, scenarios, bootstrap].every((option) => option === undefined)
const areFormatsGood = !isWholeRun || interruption.signal.aborted || (await runFormatTests())
const isGood = areFormatsGood && rows.length > 0 && rows.every(({ result }) => result !== 'failed')
process.exitCode = isGood && !interruption.signal.aborted ? 0 : 1
