/**
 * `npm run test:runtimes`: packs the package, installs it as a stranger would, and has one and the
 * same program use it in every runtime. Names as arguments choose some of them (`bun node-22`);
 * `--update-docs` writes the table of docs/runtimes.md; `--apache-kafka` has the program use one, too.
 * With CI set, what cannot be tried has failed.
 */

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { startApacheKafka } from '../support/apache-kafka.ts'
import { playInChromium } from './in-chromium.ts'
import { playInWorkerd } from './in-workerd.ts'
import { parseOutcomes, runtimesTable, type Outcome } from './outcomes.ts'
import { installPackedApp, type PackedApp } from './packed-app.ts'
import type { PackedServer } from './packed-server.ts'
import { runCommand } from './run-command.ts'
import { bring, MissingRuntime, runtimes, type Runtime } from './runtimes.ts'
import { dataFolderOf, serveAndPlay } from './serve-steps.ts'

type Command = readonly [string, ...string[]]

const say = (text: string): void => void process.stdout.write(`${text}\n`)
const isCi = process.env['CI'] !== undefined
const page = join(import.meta.dirname, '..', '..', 'docs', 'runtimes.md')

type Scheme = 'http' | 'https' | 'kafka' | 'kafkas'

/** The certificate of the tests is for `localhost`. */
const urlOf = ({ port }: PackedServer, scheme: Scheme): string =>
  `${scheme}://${scheme.endsWith('s') ? 'localhost' : '127.0.0.1'}:${port}`
/** Under TLS programs show an API key, elsewhere they are nobody. */
const remote = (server: PackedServer, apiKey: string): string[] => [
  `websocket=${urlOf(server, 'http')}`,
  `secure websocket=${urlOf(server, 'https')} ${apiKey}`,
]
const sockets = (server: PackedServer, apiKey: string): string[] => [
  `tcp=${urlOf(server, 'kafka')}`,
  `tls=${urlOf(server, 'kafkas')} ${apiKey}`,
  ...(apacheKafka ? [`apache kafka=kafka://${apacheKafka.bootstrap}`] : []),
]

/** Plays all that a process can, with the broker in the same runtime. */
async function playInProcess(runtime: Runtime, command: Command, app: PackedApp) {
  const dataFolder = dataFolderOf(app, runtime.name)
  const outcomes: Outcome[] = []
  const served = await serveAndPlay(
    { app, command, dataFolder, hasKcat },
    async (server, apiKey) => {
      const embedded = ['memory=memory:', 'mock=mock', `file=file:${dataFolder}-embedded`]
      const connections = [...embedded, ...sockets(server, apiKey), ...remote(server, apiKey)]
      outcomes.push(...(await playMain(command, connections, app)))
      const restricted = restrictedCommand(runtime, command)
      if (!restricted) return
      const few = [
        `restricted tcp=${urlOf(server, 'kafka')}`,
        `restricted=${urlOf(server, 'http')}`,
      ]
      outcomes.push(...(await playMain(restricted, few, app)))
    },
  )
  return [...outcomes, ...served]
}

function restrictedCommand({ restricted }: Runtime, [file, ...args]: Command): Command | undefined {
  if (!restricted) return undefined
  const kept = args.filter((arg) => !restricted.remove?.includes(arg))
  return [file, ...kept, ...restricted.add]
}

async function playMain(command: Command, connections: readonly string[], { folder }: PackedApp) {
  const main = [...command, join(folder, 'main.mjs'), ...connections] as const
  const { end, stdout, stderr } = await runCommand(main, { folder })
  const outcomes = parseOutcomes(stdout)
  if (end !== 'exit 0' || outcomes.at(-1)?.step !== 'end') {
    const detail = `${end}\n${stderr.slice(-4000)}`
    outcomes.push({ connection: 'all', step: 'end', result: 'failed', detail, tookMs: 0 })
  }
  return outcomes
}

/** Plays in what can only be a client; the broker runs in this Node. */
async function playAsClient({ kind }: Runtime, command: Command, app: PackedApp) {
  const outcomes: Outcome[] = []
  const dataFolder = dataFolderOf(app, kind)
  const server = { app, command: [process.execPath] as const, dataFolder, hasKcat: false }
  const served = await serveAndPlay(server, async (server, apiKey) => {
    const anywhere = ['mock=mock', ...remote(server, apiKey)]
    const played =
      kind === 'workerd'
        ? playInWorkerd({ app, command, connections: [...anywhere, ...sockets(server, apiKey)] })
        : playInChromium({
            app,
            executablePath: command[0],
            connections: [...anywhere, `streams websocket=${urlOf(server, 'http')}`],
          })
    outcomes.push(...(await played))
  })
  return [...outcomes, ...served.filter(({ result }) => result === 'failed')]
}

async function play(runtime: Runtime, app: PackedApp): Promise<Outcome[]> {
  const command = await bring(runtime)
  const isProcess = runtime.kind === 'process'
  return await (isProcess ? playInProcess : playAsClient)(runtime, command, app)
}

const hasKcat = await runCommand(['sh', '-c', 'command -v kcat'], { folder: '.' }).then(
  ({ end }) => end === 'exit 0',
)
const idOf = ({ name }: Runtime): string => name.toLowerCase().replace(' ', '-')
const words = process.argv.slice(2)
const named = words.filter((word) => !word.startsWith('--'))
const chosen = runtimes.filter((runtime) => named.length === 0 || named.includes(idOf(runtime)))
let isComplete = chosen.length === runtimes.length
const problems: string[] = []
const rows: (readonly [string, readonly Outcome[]])[] = []

if (!hasKcat) (isCi ? (text: string) => problems.push(text) : say)('there is no kcat')
const apacheKafka = words.includes('--apache-kafka') ? await startApacheKafka() : undefined
const app = await installPackedApp()
try {
  for (const runtime of chosen) await tryIn(runtime)
} finally {
  app.remove()
  await apacheKafka?.stop()
}

async function tryIn(runtime: Runtime): Promise<void> {
  const started = performance.now()
  try {
    const outcomes = await play(runtime, app)
    rows.push([runtime.name, outcomes])
    const failed = outcomes.filter(({ result }) => result === 'failed')
    for (const { connection, step, detail } of failed) {
      problems.push(`${runtime.name}, ${connection}, ${step}: ${String(detail)}`)
    }
    const seconds = ((performance.now() - started) / 1000).toFixed(1)
    const passed = outcomes.filter(({ result }) => result === 'passed').length
    say(`${runtime.name}: ${passed} steps passed, ${failed.length} failed, ${seconds} s`)
  } catch (error) {
    isComplete = false
    const { message, cause } = error as Error
    const reason = cause instanceof Error ? `${message}: ${cause.message}` : message
    const isSkip = error instanceof MissingRuntime && (error.isImpossible || !isCi)
    if (isSkip) say(`${runtime.name}: skipped, ${reason}`)
    else problems.push(`${runtime.name}: ${reason}`)
  }
}

/** Between these lines of the page is the table. */
const tablePattern = /(?<=<!-- table[^>]*-->\n)[^]*?(?=<!-- end of the table -->)/

if (isComplete && problems.length === 0) {
  const text = readFileSync(page, 'utf8')
  const updated = text.replace(tablePattern, `\n${runtimesTable(rows)}\n`)
  if (words.includes('--update-docs')) writeFileSync(page, updated)
  else if (text !== updated) {
    problems.push('docs/runtimes.md says otherwise: npm run test:runtimes -- --update-docs')
  }
}
say(`\n${runtimesTable(rows)}`)
for (const problem of problems) process.stderr.write(`runtimes: ${problem}\n`)
process.exitCode = problems.length === 0 ? 0 : 1
