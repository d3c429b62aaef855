/** Runs a command to its end, with a limit on its time. */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'

export interface CommandOptions {
  readonly folder: string
  readonly env?: NodeJS.ProcessEnv
  readonly input?: string
  /** After so long it is killed. @default 120,000 */
  readonly timeoutMs?: number
}

export interface CommandResult {
  /** `exit 0`, or what else ended it. */
  readonly end: string
  readonly stdout: string
  readonly stderr: string
}

export async function runCommand(
  command: readonly [string, ...string[]],
  { folder, env = process.env, input = '', timeoutMs = 120_000 }: CommandOptions,
): Promise<CommandResult> {
  const [file, ...args] = command
  const child = spawn(file, args, { cwd: folder, env, timeout: timeoutMs, killSignal: 'SIGKILL' })
  // A program that reads nothing may be gone before it is written to.
  child.stdin.on('error', () => undefined)
  child.stdin.end(input)
  const [[code, signal], stdout, stderr] = await Promise.all([
    once(child, 'close') as Promise<[number | null, string | null]>,
    text(child.stdout),
    text(child.stderr),
  ])
  return { end: signal === null ? `exit ${code}` : `killed by ${signal}`, stdout, stderr }
}

/** Runs a command that must end with exit code 0; returns what it wrote. @throws Error */
export async function mustRun(
  command: readonly [string, ...string[]],
  options: CommandOptions,
): Promise<string> {
  const { end, stdout, stderr } = await runCommand(command, options)
  if (end === 'exit 0') return stdout
  const output = `${stdout}\n${stderr}`.trim().split('\n').slice(-25).join('\n')
  throw new Error(`${command.join(' ')}: ${end}\n${output}`)
}
