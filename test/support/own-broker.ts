/**
 * Runs our own server as a process of its own, the way that users do, so that it can be measured
 * and killed from outside.
 */

import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { endWithUs } from './end-with-us.ts'

const root = join(import.meta.dirname, '..', '..')

export interface OwnBrokerOptions {
  /** Port to listen on; a restart needs the one it had. @default any free one */
  readonly port?: number
  /** @default a temporary folder that `stop` removes */
  readonly dataFolder?: string
  /** More flags of `kafka.do serve`, such as `--flush os`. */
  readonly flags?: readonly string[]
  /** Flags of Node itself, such as `--cpu-prof`. */
  readonly nodeFlags?: readonly string[]
  /** Added to our own environment, such as `LD_PRELOAD`. */
  readonly env?: Readonly<Record<string, string>>
  /** The command line to run, which may be a built one. @default that of the sources */
  readonly program?: string
}

export interface OwnBroker {
  readonly bootstrap: string
  readonly port: number
  readonly pid: number
  readonly dataFolder: string
  /** From the start of the process until it said that it listens. */
  readonly startedInMs: number
  /** Everything that the process wrote to standard error so far. */
  readonly log: () => string
  /** Resolves with the exit code once the process has ended; `null` after a signal. */
  readonly exited: Promise<number | null>
  /** Stops it as Ctrl-C does; rejects where it does not end with exit code 0. */
  stop(): Promise<void>
  /** Ends it at once, as a crash does. */
  kill(): Promise<void>
}

/** Starts `kafka.do serve`; resolves when it listens. */
export async function startOwnBroker(options: OwnBrokerOptions = {}): Promise<OwnBroker> {
  const isTemporary = options.dataFolder === undefined
  const dataFolder = options.dataFolder ?? mkdtempSync(join(tmpdir(), 'kafka-do-'))
  const startMs = performance.now()
  const child = spawn(
    process.execPath,
    [
      ...(options.nodeFlags ?? []),
      options.program ?? join(root, 'src/cli/main.ts'),
      'serve',
      '--port',
      String(options.port ?? 0),
      '--data',
      dataFolder,
      '--log-level',
      'warn',
      ...(options.flags ?? []),
    ],
    { stdio: ['ignore', 'inherit', 'pipe'], env: { ...process.env, ...options.env } },
  )
  // Whoever started it and ends early leaves no broker behind.
  endWithUs(child)
  let log = ''
  const bootstrap = await listeningAddress(child, (line) => {
    log += `${line}\n`
  })
  const startedInMs = performance.now() - startMs
  const exited = once(child, 'exit').then(([code]) => code as number | null)
  return {
    bootstrap,
    port: Number(bootstrap.split(':').at(-1)),
    pid: child.pid!,
    dataFolder,
    startedInMs,
    log: () => log,
    exited,
    async stop() {
      child.kill('SIGTERM')
      const code = await exited
      if (isTemporary) rmSync(dataFolder, { recursive: true, force: true })
      if (code !== 0) throw new Error(`the broker ended with exit code ${code}:\n${log}`)
    },
    async kill() {
      child.kill('SIGKILL')
      await exited
    },
  }
}

async function listeningAddress(
  child: ChildProcess,
  onLine: (line: string) => void,
): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  let seen = ''
  createInterface({ input: child.stderr! }).on('line', (line) => {
    seen += `${line}\n`
    onLine(line)
    const address = /is listening on (\S+)/.exec(line)?.[1]
    if (address !== undefined) resolve(address)
  })
  child.once('error', reject)
  child.once('exit', (code) => reject(new Error(`the broker ended (${code}) early:\n${seen}`)))
  return promise
}
