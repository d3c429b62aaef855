/**
 * Runs the simulation on a source with one planted bug, seed after seed, until it notices. The edit
 * is made while the module is loaded, so nothing on the disk and nothing in the product knows of it.
 *
 *     node test/simulation/planted-bug.ts <number in the list> <seeds at most>
 */

import { writeSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { edited } from '../support/source-edit.ts'
import { plantedBugs } from './planted-bugs.ts'

const [number, seedsMax] = process.argv.slice(2).map(Number)
const bug = plantedBugs[number!]!
let isPlanted = false

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context)
    if (!url.endsWith(`/src/${bug.file}`)) return loaded
    const source = Buffer.from(loaded.source as Uint8Array).toString()
    isPlanted = true
    return { ...loaded, source: edited(source, bug) }
  },
})

// Not before the hook is there.
const { runSeed } = await import('./run-seed.ts')
if (!isPlanted) throw new Error(`src/${bug.file} is not used`)

let seed = 1
let violation: Error | undefined
for (; seed <= seedsMax!; seed++) {
  violation = (await runSeed({ seed })).violation
  if (violation) break
}
writeSync(1, JSON.stringify(violation ? { seed, violation: violation.message } : {}))
// Some bugs never come to rest.
process.exit(0)
