/**
 * What is done with the broker and the command line in each runtime that can be a process: other
 * people's `kcat` writes and reads, the broker is killed and started again, and stopped.
 */

import { join } from 'node:path'
import type { Outcome } from './outcomes.ts'
import { PackedServer } from './packed-server.ts'
import type { PackedApp } from './packed-app.ts'
import { mustRun } from './run-command.ts'

export interface ServeOptions {
  readonly app: PackedApp
  readonly command: readonly [string, ...string[]]
  readonly dataFolder: string
  readonly hasKcat: boolean
}

/** Called with a server that runs, and an API key for it, to have programs use it. */
export type UseServer = (server: PackedServer, apiKey: string) => Promise<void>

/**
 * Starts the broker, has `use` do what it likes, and plays the steps, the last of which stops it.
 *
 * @throws what `use` threw; what a step throws is in its outcome
 */
export async function serveAndPlay(options: ServeOptions, use: UseServer): Promise<Outcome[]> {
  const outcomes: Outcome[] = []
  let server: PackedServer | undefined
  let apiKey = ''
  const step = async (name: string, play: () => Promise<unknown>): Promise<void> => {
    const started = performance.now()
    const outcome = await play().then(
      () => ({ result: 'passed', detail: null }) as const,
      (error: Error) =>
        ({ result: 'failed', detail: `${error.stack}\n${server?.output}` }) as const,
    )
    const tookMs = Math.round(performance.now() - started)
    outcomes.push({ connection: 'server', step: name, ...outcome, tookMs })
  }
  const start = async (): Promise<void> => {
    server = await PackedServer.start(options)
  }
  try {
    await step('API key', async () => {
      apiKey = await makeApiKey(options)
    })
    await step('start', start)
    if (!server) return outcomes
    await use(server, apiKey)
    await step('command line', () => writeAndRead(options, server!.port))
    if (options.hasKcat) await step('kcat', () => kcatRoundTrip(options, server!.port))
    await step('kill -9, and start again', async () => {
      await server!.end('SIGKILL')
      await start()
      await expectLines(options, server!.port)
    })
    await step('stop', async () => {
      const exit = await server!.end('SIGTERM')
      if (exit !== 0) throw new Error(`it ended with ${exit}`)
    })
  } finally {
    await server?.end('SIGKILL')
  }
  return outcomes
}

/** Makes the first key, which is done before the server runs. It is not asked for on loopback. */
async function makeApiKey({ app, command, dataFolder }: ServeOptions): Promise<string> {
  const words = ['key', 'create', '--allow', 'admin', '--json', '--data-folder', dataFolder]
  const stdout = await mustRun([...command, app.commandFile, ...words], { folder: app.folder })
  return (JSON.parse(stdout) as { readonly key: string }).key
}

const lines = ['one', 'two', 'three']
const topic = 'written-by-the-command'

function runCommandLine(
  options: ServeOptions,
  port: number,
  words: string,
  input = '',
): Promise<string> {
  const { app, command } = options
  const env = { ...process.env, KAFKA_DO_URL: `http://127.0.0.1:${port}` }
  return mustRun([...command, app.commandFile, ...words.split(' ')], {
    folder: app.folder,
    env,
    input,
  })
}

async function writeAndRead(options: ServeOptions, port: number): Promise<void> {
  await runCommandLine(options, port, `produce ${topic} --lines`, lines.join('\n'))
  await expectLines(options, port)
}

async function expectLines(options: ServeOptions, port: number): Promise<void> {
  const stdout = await runCommandLine(options, port, `consume ${topic} --exit`)
  const values = stdout
    .trim()
    .split('\n')
    .map((line) => {
      const { value, valueText } = JSON.parse(line) as Readonly<Record<string, string>>
      return value ?? valueText
    })
  if (values.join() !== lines.join()) throw new Error(`it reads ${values.join()}`)
}

/** Somebody else's client, so that both ends are not ours. */
async function kcatRoundTrip({ app }: ServeOptions, port: number): Promise<void> {
  const kcat = (input: string, ...words: string[]): Promise<string> =>
    mustRun(['kcat', '-b', `127.0.0.1:${port}`, '-q', ...words], { folder: app.folder, input })
  await kcat('written by kcat\n', '-P', '-t', 'from-kcat', '-X', 'acks=all')
  const own = await kcat('', '-C', '-t', 'from-kcat', '-o', 'beginning', '-e')
  const ours = await kcat('', '-C', '-t', topic, '-o', 'beginning', '-e')
  if (own.trim() !== 'written by kcat') throw new Error(`kcat reads of its own: ${own}`)
  if (ours.trim() !== lines.join('\n')) throw new Error(`kcat reads of ours: ${ours}`)
}

export const dataFolderOf = (app: PackedApp, name: string): string =>
  join(app.folder, 'data', name.toLowerCase().replace(' ', '-'))
