/** A Nest application as a process of its own. */

import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

export interface ServiceOptions {
  readonly main: string
  readonly env: Readonly<Record<string, string>>
}

export class ServiceProcess {
  readonly #child: ChildProcess
  /** Where it serves pages. */
  readonly url: string
  /** What it says on standard error, which is of interest where something fails. */
  #complaints = ''

  private constructor(child: ChildProcess, url: string) {
    this.#child = child
    this.url = url
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.#complaints += text))
  }

  get complaints(): string {
    return this.#complaints
  }

  /** Starts it, and waits until it listens. */
  static async start({ main, env }: ServiceOptions): Promise<ServiceProcess> {
    const child = spawn(process.execPath, [main], {
      env: { ...process.env, NO_COLOR: '1', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    for await (const line of createInterface({ input: child.stdout })) {
      const [, url] = /^listening on (.*)$/.exec(line) ?? []
      if (url !== undefined) {
        child.stdout.resume()
        return new ServiceProcess(child, url)
      }
    }
    child.stderr.pipe(process.stderr)
    throw new Error('the service ended before it was up')
  }

  async get<Answer>(path: string): Promise<Answer> {
    return (await (await fetch(`${this.url}${path}`)).json()) as Answer
  }

  async post<Answer>(path: string, body: unknown): Promise<Answer> {
    const headers = { 'content-type': 'application/json' }
    const request = { method: 'POST', headers, body: JSON.stringify(body) }
    return (await (await fetch(`${this.url}${path}`, request)).json()) as Answer
  }

  /** Asks it to end, as an operator would. Returns how it has ended. */
  async stop(): Promise<{ readonly code: number | null; readonly signal: string | null }> {
    const { exitCode, signalCode } = this.#child
    if (exitCode !== null || signalCode !== null) return { code: exitCode, signal: signalCode }
    this.#child.kill('SIGTERM')
    const [code, signal] = (await once(this.#child, 'exit')) as [number | null, string | null]
    return { code, signal }
  }

  /** Ends it in any case. */
  kill(): void {
    this.#child.kill('SIGKILL')
  }
}
