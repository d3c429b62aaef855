/** What the capturing clients in TypeScript share. */

import { readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'

/** Takes one step: what goes wrong is printed, and the rest goes on. */
export async function attempt(what: string, step: () => Promise<unknown>): Promise<void> {
  try {
    await step()
  } catch (error) {
    process.stderr.write(`${what}: ${String(error)}\n`)
  }
}

/** Waits for the broker, which learns a moment after the controller what was changed. */
export function propagation(): Promise<void> {
  return delay(300)
}

/** Returns a variable of the environment that `capture-frames.ts` sets. */
export function setting(name: 'BOOTSTRAP' | 'SASL_USERNAME' | 'SASL_PASSWORD'): string {
  const value = process.env[name]
  if (value === undefined) throw new Error(`${name} is not set`)
  return value
}

/** Prints the version of an installed package, as every capturing client does first. */
export function printVersion(packageName: string): void {
  const file = new URL(`../../node_modules/${packageName}/package.json`, import.meta.url)
  const { version } = JSON.parse(readFileSync(file, 'utf8')) as { version: string }
  process.stdout.write(`${version}\n`)
}

/** Returns a record for partition 0, with all that a record may have. */
export function sampleRecord(number: number) {
  return {
    partition: 0,
    key: `key-${number}`,
    value: `value-${number}`,
    headers: { header: 'text' },
  }
}
