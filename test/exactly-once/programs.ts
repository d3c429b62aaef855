/** The processes of a run: who fills, copies and reads, each with a history of its own. */

import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { mkdirSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { execFile } from 'node:child_process'
import { cache, here as conformance, prepare, python } from '../conformance/toolchains.ts'
import { endWithUs } from '../support/end-with-us.ts'
import type { ClientName, RunPlan } from './fault-plan.ts'

const here = import.meta.dirname
const javaClasses = join(cache, 'exactly-once')
const javaPath = [javaClasses, join(conformance, 'java', 'target', 'dependency', '*')]
// Many short-lived virtual machines share few processors.
const javaOptions = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-Xmx128m']

/** Makes ready what the programs need, through pip and Maven. */
export async function preparePrograms(): Promise<void> {
  await prepare('python')
  await prepare('java')
  mkdirSync(javaClasses, { recursive: true })
  const args = ['-d', javaClasses, '-cp', javaPath.join(delimiter), join(here, 'Copier.java')]
  await promisify(execFile)('javac', args)
}

export const inputTopic = 'input'
export const outputTopic = 'output'
export const partitionCount = 3
const group = 'copiers'

/** What all programs of a run are told. */
export interface RunPlace {
  readonly folder: string
  readonly seed: number
  readonly plan: RunPlan
  /** Where clients connect: behind the proxy. */
  readonly bootstrap: string
}

export class Program {
  readonly name: string
  readonly #child: ChildProcess
  readonly exited: Promise<number | null>
  #isHeld = false
  output = ''

  constructor(
    { folder, seed, plan, bootstrap }: RunPlace,
    name: string,
    [file, ...args]: readonly [string, ...string[]],
    env: Readonly<Record<string, string>> = {},
  ) {
    this.name = name
    this.#child = spawn(file, args, {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: {
        ...process.env,
        BOOTSTRAP: bootstrap,
        SEED: String(seed),
        PROC: name,
        HISTORY: join(folder, `${name}.jsonl`),
        INPUT: inputTopic,
        OUTPUT: outputTopic,
        PARTITIONS: String(partitionCount),
        GROUP: group,
        GROUP_PROTOCOL: plan.groupProtocol,
        ...env,
      },
    })
    this.#child.stderr!.pipe(createWriteStream(join(folder, 'programs.log'), { flags: 'a' }))
    this.#child.stdout!.setEncoding('utf8').on('data', (text: string) => (this.output += text))
    // One that is killed reads its input no more.
    this.#child.stdin!.on('error', () => undefined)
    endWithUs(this.#child)
    this.exited = once(this.#child, 'exit').then(([code]) => code as number | null)
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null
  }

  kill(): void {
    this.#child.kill('SIGKILL')
  }

  /** Stops the process where it is, as a long collection of garbage does. */
  hold(): void {
    this.#isHeld = true
    this.#child.kill('SIGSTOP')
  }

  release(): void {
    if (this.#isHeld) this.#child.kill('SIGCONT')
    this.#isHeld = false
  }

  /** Lets it end; returns its exit code, or `undefined` where it had to be killed. */
  async end(timeoutMs: number): Promise<number | null | undefined> {
    this.release()
    this.#child.stdin!.end()
    const late = sleep(timeoutMs, undefined, { ref: false })
    const code = await Promise.race([this.exited, late])
    if (this.isRunning) this.kill()
    return code
  }

  async untilOutput(pattern: RegExp, timeoutMs: number): Promise<boolean> {
    const deadlineMs = performance.now() + timeoutMs
    while (!pattern.test(this.output)) {
      if (!this.isRunning || performance.now() > deadlineMs) return false
      await sleep(20)
    }
    return true
  }
}

export function startFiller(place: RunPlace): Program {
  return new Program(place, 'filler', [python, join(here, 'filler.py')])
}

export function startReader(place: RunPlace, role: 'watch' | 'judge'): Program {
  return new Program(place, role, [python, join(here, 'reader.py'), role])
}

/** @param incarnation tells those apart that have the same transactional id, one after the other */
export function startCopier(place: RunPlace, copier: number, incarnation: number): Program {
  const commands: Record<ClientName, readonly [string, ...string[]]> = {
    java: ['java', ...javaOptions, '-cp', javaPath.join(delimiter), 'Copier'],
    librdkafka: [python, join(here, 'copier.py')],
  }
  const letter = 'AB'[copier]!
  return new Program(place, `${letter}${incarnation}`, commands[place.plan.copiers[copier]!], {
    TRANSACTIONAL_ID: `copier-${letter}`,
    ...(place.plan.isStatic ? { INSTANCE: letter } : {}),
  })
}
