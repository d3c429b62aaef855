/**
 * `npm run test:hostile`: the fuzzer for 15 seconds with a seed that stays, and as long with one
 * that nobody has tried. `npm test` has the rest of this folder.
 */

import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fuzz } from './fuzz/fuzzer.ts'

const seconds = 15
const knownSeed = 1

const outFolder = mkdtempSync(join(tmpdir(), 'kafka-do-findings-'))
for (const seed of [knownSeed, 2 + (Date.now() % 1_000_000)]) {
  console.log(`fuzzing for ${seconds} s, seed ${seed}`)
  const onLine = (line: string): void => console.log(line)
  const { cases, findings } = await fuzz({ seed, seconds, workers: 3, outFolder, onLine })
  console.log(`seed ${seed}: ${cases} cases, ${findings.length} findings`)
  if (findings.length > 0) process.exitCode = 1
}
process.exit()
