/** `kafka.do serve` from the installed package, in one of the runtimes, as a process to end. */

import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { tlsFixtures, type PackedApp } from './packed-app.ts'

/** How long it may take until it listens, on a machine that does other things. */
const startTimeoutMs = 30_000

export interface PackedServerOptions {
  readonly app: PackedApp
  /** What runs a file. */
  readonly command: readonly [string, ...string[]]
  readonly dataFolder: string
}

export class PackedServer {
  readonly port: number
  readonly #process: ChildProcess
  readonly #lines: string[]

  private constructor(process: ChildProcess, lines: string[], port: number) {
    this.#process = process
    this.#lines = lines
    this.port = port
  }

  /** Resolves once it listens. @throws Error with what it wrote */
  static async start({ app, command, dataFolder }: PackedServerOptions): Promise<PackedServer> {
    const [file, ...first] = command
    const tls = ['--tls-cert', 'server.pem', '--tls-key', 'server-key.pem'].map((word) =>
      word.endsWith('.pem') ? join(tlsFixtures, word) : word,
    )
    const args = [...first, app.commandFile, 'serve', '--port', '0', '--data', dataFolder, ...tls]
    const child = spawn(file, args, { cwd: app.folder, stdio: ['ignore', 'pipe', 'pipe'] })
    const lines: string[] = []
    const { promise, resolve, reject } = Promise.withResolvers<number>()
    const listen = (line: string): void => {
      lines.push(line)
      const [, port] = /listening on \S+:(\d+)/.exec(line) ?? []
      if (port !== undefined) resolve(Number(port))
    }
    createInterface(child.stdout).on('line', listen)
    createInterface(child.stderr).on('line', listen)
    const fail = (why: string): void =>
      reject(new Error(`the server ${why}:\n${lines.slice(-20).join('\n')}`))
    child.once('exit', (code) => fail(`ended with ${code}`))
    child.once('error', (error) => fail(error.message))
    const timer = setTimeout(() => fail('does not listen'), startTimeoutMs)
    try {
      return new PackedServer(child, lines, await promise)
    } catch (error) {
      child.kill('SIGKILL')
      throw error
    } finally {
      clearTimeout(timer)
    }
  }

  /** The end of what it wrote. */
  get output(): string {
    return this.#lines.slice(-20).join('\n')
  }

  /** Ends it, and returns its exit code, or the signal that it died of. */
  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<number | string> {
    const { exitCode, signalCode } = this.#process
    if (exitCode !== null || signalCode !== null) return exitCode ?? signalCode!
    const exit = once(this.#process, 'exit') as Promise<[number | null, string | null]>
    this.#process.kill(signal)
    const late = setTimeout(() => this.#process.kill('SIGKILL'), startTimeoutMs)
    const [code, diedOf] = await exit
    clearTimeout(late)
    return code ?? diedOf!
  }
}
