/**
 * Our data folder and Apache Kafka's: each is read by the other's tools and brokers; and the configs
 * of topics in both. `npm run test:format`; part of the conformance run. Needs Java and Maven.
 */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { MissingToolchain, requireCommands } from './toolchains.ts'

const files = [
  'log-format.ts',
  'log-format-compacted.ts',
  'kafka-folder.ts',
  'topic-configs.ts',
  'differential/differential.ts',
  'authorization-matrix.ts',
]
const timeoutMs = 600_000

/** Runs the tests; returns whether they passed, or were skipped because the machine lacks Java. */
export async function runFormatTests(): Promise<boolean> {
  try {
    await requireCommands(['java', 'mvn'])
  } catch (error) {
    if (!(error instanceof MissingToolchain) || process.env['CI']) throw error
    process.stderr.write(`format: skipped, ${error.message}\n`)
    return true
  }
  const paths = files.map((file) => join(import.meta.dirname, file))
  // One after the other: each starts a Java of its own.
  const flags = ['--test', '--test-concurrency=1', `--test-timeout=${timeoutMs}`]
  const child = spawn(process.execPath, [...flags, ...paths], { stdio: 'inherit' })
  const [code] = (await once(child, 'exit')) as [number | null]
  return code === 0
}

if (import.meta.main) process.exitCode = (await runFormatTests()) ? 0 : 1
