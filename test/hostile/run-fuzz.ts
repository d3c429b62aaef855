/**
 * `npm run test:fuzz`: bad clients against the listening port.
 *
 *     npm run test:fuzz -- --seconds 3600 --seed 7 --workers 3 --out some-folder
 *     npm run test:fuzz -- --minimise some-folder/finding-7-1.json
 */

import { mkdirSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { fuzz } from './fuzz/fuzzer.ts'
import { minimise } from './fuzz/replay.ts'

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    round: { type: 'string', default: '60' },
    workers: { type: 'string', default: '3' },
    out: { type: 'string' },
    minimise: { type: 'string' },
  },
})
if (values.minimise !== undefined) {
  await minimise(values.minimise, (line) => console.log(line))
  process.exit()
}
const outFolder = values.out ?? mkdtempSync(join(tmpdir(), 'kafka-do-findings-'))
mkdirSync(outFolder, { recursive: true })
const seed = Number(values.seed)
const seconds = Number(values.seconds)
console.log(`fuzzing for ${seconds} s, seed ${seed}`)
const result = await fuzz({
  seed,
  seconds,
  roundSeconds: Number(values.round),
  workers: Number(values.workers),
  outFolder,
  onLine: (line) => console.log(line),
})
const counts = [...result.counts].map(([what, count]) => `${what} ${count}`).join(', ')
console.log(`seed ${seed}: ${result.cases} cases (${counts}), ${result.findings.length} findings`)
process.exit(result.findings.length > 0 ? 1 : 0)
