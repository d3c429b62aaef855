/** The process under test, seen from outside. */

import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { ServerOptions } from '../../../src/server/server-options.ts'
import { endWithUs } from '../../support/end-with-us.ts'
import type { Memory, ServerReport } from './server-process.ts'

export interface WatchOptions {
  readonly server: ServerOptions
  /** Called with everything that must not happen. */
  readonly onFinding: (finding: string) => void
}

const waitMs = 60_000

/** Makes glibc give memory back that is free, else nothing could be told from what is resident. */
const promptAllocator = {
  MALLOC_ARENA_MAX: '1',
  MALLOC_TRIM_THRESHOLD_: '131072',
  MALLOC_MMAP_THRESHOLD_: '65536',
}

export class WatchedServer {
  readonly #child: ChildProcess
  readonly #options: WatchOptions
  #isStopping = false
  #onMemory: ((memory: Memory) => void) | undefined
  port = 0

  private constructor(options: WatchOptions) {
    this.#options = options
    this.#child = fork(
      join(import.meta.dirname, 'server-process.ts'),
      [JSON.stringify(options.server)],
      {
        execArgv: ['--expose-gc'],
        stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
        env: { ...process.env, ...promptAllocator },
      },
    )
    endWithUs(this.#child)
    this.#child.once('exit', (code, signal) => {
      if (!this.#isStopping) options.onFinding(`the server has ended: ${code ?? signal}`)
    })
  }

  /** Resolves when the server listens. */
  static async start(options: WatchOptions): Promise<WatchedServer> {
    const server = new WatchedServer(options)
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    server.#child.on('message', (report: ServerReport) => {
      if (report.type === 'listening') {
        server.port = report.port
        resolve()
      } else server.#take(report)
    })
    server.#child.once('exit', (code) => reject(new Error(`the server did not start: ${code}`)))
    await promise
    return server
  }

  /** After a garbage collection. */
  async memory(): Promise<Memory> {
    const { promise, resolve } = Promise.withResolvers<Memory>()
    this.#onMemory = resolve
    this.#child.send('memory')
    return promise
  }

  /** Stops it as Ctrl-C does. */
  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    this.#isStopping = true
    const exited = once(this.#child, 'exit')
    const late = setTimeout(() => this.#child.kill('SIGKILL'), waitMs)
    this.#child.send('stop')
    const [code] = (await exited) as [number | null]
    clearTimeout(late)
    if (code !== 0) this.#options.onFinding(`the server did not stop: ${code}`)
  }

  #take(report: ServerReport): void {
    const { onFinding } = this.#options
    if (report.type === 'memory') this.#onMemory?.(report.memory)
    if (report.type === 'broken') onFinding(report.reason)
    if (report.type === 'log') onFinding(`log: ${report.message} ${report.facts}`)
    if (report.type === 'stall') {
      const { cpuMs, wallMs, recent } = report
      const times = `${cpuMs.toFixed(0)} ms of processor time, ${wallMs.toFixed(0)} ms in all`
      onFinding(`a stall: ${times}\n    ${recent.join('\n    ')}`)
    }
  }
}
