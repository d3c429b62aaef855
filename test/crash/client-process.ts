/** Starts clients as processes, watches how they get on, and ends them. */

import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { DriverName } from './drivers.ts'

export interface ClientOptions {
  readonly name: DriverName
  readonly bootstrap: string
  /** The file that the client's history goes to. */
  readonly history: string
  readonly seed: number
}

const program = join(import.meta.dirname, 'client.ts')
const progressMs = 60_000

export class ClientProcess {
  readonly name: DriverName
  readonly #child: ChildProcess
  readonly #exited: Promise<unknown>
  acknowledged = 0

  constructor(options: ClientOptions, args: readonly string[] = ['load']) {
    this.name = options.name
    this.#child = fork(program, [options.name, ...args], {
      // kafkajs sets timers in the past.
      execArgv: ['--disable-warning=TimeoutNegativeWarning'],
      env: {
        ...process.env,
        BOOTSTRAP: options.bootstrap,
        HISTORY: options.history,
        SEED: String(options.seed),
      },
    })
    this.#exited = once(this.#child, 'exit')
    this.#child.on('message', (message: { acknowledged: number }) => {
      this.acknowledged = message.acknowledged
    })
  }

  /** Resolves when something more was acknowledged to it. @throws where nothing is for long */
  async untilProgress(): Promise<void> {
    const before = this.acknowledged
    const deadlineMs = performance.now() + progressMs
    while (this.acknowledged === before) {
      if (this.#child.exitCode !== null) throw new Error(`the client ${this.name} ended`)
      if (performance.now() > deadlineMs) {
        throw new Error(`nothing was acknowledged to ${this.name} for ${progressMs} ms`)
      }
      await sleep(10)
    }
  }

  /** Lets it finish what it is at. */
  async stop(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.connected) this.#child.send('stop')
    await this.#exited
  }

  /** Resolves when it has done what it was started for. @throws where it failed */
  async untilDone(timeoutMs: number): Promise<void> {
    const late = sleep(timeoutMs, 'late' as const, { ref: false })
    if ((await Promise.race([this.#exited, late])) === 'late') {
      this.#child.kill('SIGKILL')
      throw new Error(`the client ${this.name} is not done after ${timeoutMs} ms`)
    }
    if (this.#child.exitCode !== 0) {
      throw new Error(`the client ${this.name} ended with exit code ${this.#child.exitCode}`)
    }
  }
}
