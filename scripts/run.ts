/** Runs programs of node_modules for the scripts beside this file, and says how each one went. */

import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

export const root = join(import.meta.dirname, '..')

/** Runs a program from node_modules/.bin; returns its exit code. */
export function runTool(name: string, ...args: string[]): number {
  return run(join(root, 'node_modules', '.bin', name), args)
}

/** Runs this Node with `args`; returns its exit code. */
export function runNode(...args: string[]): number {
  return run(process.execPath, args)
}

function run(program: string, args: readonly string[]): number {
  const { status, error } = spawnSync(program, args, { cwd: root, stdio: 'inherit' })
  if (error) throw error
  return status ?? 1
}
