/** Runs one client program against a broker and judges what it printed. */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { findCopyProblems, findProblems, parseHistory } from './check-history.ts'
import type { Client, Scenario } from './clients.ts'
import { cache } from './toolchains.ts'

export interface ProgramRun {
  readonly client: Client
  readonly scenario: Scenario
  /** `host:port` of the broker. */
  readonly bootstrap: string
  readonly recordCount: number
  /** More that the program is told. */
  readonly env?: Readonly<Record<string, string>>
  /** Ends the program where the whole run is interrupted. */
  readonly signal: AbortSignal
}

export interface Outcome {
  /** Empty where the program passed. */
  readonly problems: readonly string[]
  readonly features: readonly string[]
  readonly durationMs: number
}

/** A program gives up by itself after two minutes; this is for one that does not. */
const timeoutMs = 150_000

export async function runProgram(run: ProgramRun): Promise<Outcome> {
  const startMs = performance.now()
  const { exit, stdout, stderr } = await execute(run)
  const durationMs = performance.now() - startMs
  const { problems, features } = judge(stdout, run)
  if (exit !== 'exit code 0') problems.unshift(exit)
  if (problems.length > 0) {
    problems.push(`the end of its errors:\n${stderr.trim().split('\n').slice(-20).join('\n')}`)
    problems.push(`all of it: ${keepOutput(run, stdout, stderr)}`)
  }
  return { problems, features, durationMs }
}

type Judge = typeof findProblems

const judges: Readonly<Record<Scenario, Judge>> = {
  classic: findProblems,
  consumer: findProblems,
  transactions: findCopyProblems,
  // The programs compare what comes out with what they expect.
  admin: () => [],
  'admin-calls': () => [],
  security: () => [],
  streams: () => [],
  connect: () => [],
  metrics: () => [],
  migration: () => [],
  suite: () => [],
  tools: () => [],
}

function judge(stdout: string, { scenario, recordCount }: ProgramRun) {
  try {
    const { consumed, features } = parseHistory(stdout)
    return { problems: judges[scenario](consumed, recordCount), features }
  } catch (error) {
    return { problems: [(error as Error).message], features: [] }
  }
}

/** Returns the name of a client as it may stand in the names of files, topics and groups. */
function fileName({ name }: Client): string {
  return name.replaceAll(/[@/]/g, ' ').trim().replaceAll(' ', '-')
}

/** Returns the pattern of the files that hold what a failed program printed. */
function keepOutput({ client, scenario }: ProgramRun, stdout: string, stderr: string): string {
  const folder = join(cache, 'failed')
  mkdirSync(folder, { recursive: true })
  const base = join(folder, `${fileName(client)}-${scenario}`)
  writeFileSync(`${base}.out`, stdout)
  writeFileSync(`${base}.err`, stderr)
  return `${base}.{out,err}`
}

async function execute(run: ProgramRun) {
  const { client, scenario, bootstrap, recordCount, signal } = run
  // A topic and a group of its own, so that a broker that is not fresh is fine too.
  const unique = `${fileName(client)}-${scenario}-${process.pid}-${Date.now()}`
  const [file, ...args] = client.programs[scenario]!
  const program = spawn(file, args, {
    // A process group of its own: a program may have started others, and all have to end.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      BOOTSTRAP: bootstrap,
      TOPIC: `conformance-${unique}`,
      GROUP: `group-${unique}`,
      RECORDS: String(recordCount),
      GROUP_PROTOCOL: scenario === 'consumer' ? 'consumer' : 'classic',
      ...run.env,
    },
  })
  const outputs = Promise.all([text(program.stdout), text(program.stderr)])
  const timer = setTimeout(() => killGroup(program.pid), timeoutMs)
  const onAbort = () => killGroup(program.pid)
  signal.addEventListener('abort', onAbort)
  try {
    const exit = await once(program, 'exit').then(
      ([code, signal]) => (signal ? `ended by ${signal}` : `exit code ${code}`),
      (error: Error) => error.message,
    )
    // A child that outlives its program would keep the pipes open.
    killGroup(program.pid)
    const [stdout, stderr] = await outputs
    return { exit, stdout, stderr }
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', onAbort)
  }
}

/** Ends a program and all that it has started. */
function killGroup(pid: number | undefined): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch (error) {
    // Usual: there is nothing left of the group.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}
