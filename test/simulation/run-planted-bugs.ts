/**
 * `npm run test:planted-bugs`: plants one bug after the other and has the simulation find it, within
 * so many seeds. Says after how many.
 */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { plantedBugs } from './planted-bugs.ts'

const seedsMax = 1000
const processes = 2

const missed: string[] = []
const left = plantedBugs.map((bug, number) => ({ bug, number }))

await Promise.all(Array.from({ length: processes }, findNext))
for (const name of missed) console.error(`not found in ${seedsMax} seeds: ${name}`)
console.log(`${plantedBugs.length - missed.length} of ${plantedBugs.length} planted bugs found`)
if (missed.length > 0) process.exitCode = 1

async function findNext(): Promise<void> {
  for (let next = left.shift(); next; next = left.shift()) {
    const { bug, number } = next
    const begunMs = performance.now()
    const { seed, violation } = await find(number)
    const seconds = ((performance.now() - begunMs) / 1000).toFixed(1)
    if (seed === undefined) missed.push(bug.name)
    console.log(`${seed === undefined ? 'not found' : `seed ${seed}`}, ${seconds} s: ${bug.name}`)
    if (violation) console.log(`    ${violation.split('\n')[0]!.slice(0, 160)}`)
  }
}

/** Returns the first seed that finds a bug. Where the bug cannot be planted, none does. */
async function find(number: number): Promise<{ seed?: number; violation?: string }> {
  const script = join(import.meta.dirname, 'planted-bug.ts')
  const child = spawn(process.execPath, [script, String(number), String(seedsMax)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text))
  const [code] = (await once(child, 'close')) as [number | null]
  return code === 0 ? (JSON.parse(output) as { seed?: number; violation?: string }) : {}
}
