/**
 * `node test/history/generate.ts <operations> <file.jsonl>`: writes a history without anomalies, to
 * measure the checker with.
 */

import { closeSync, openSync, writeSync } from 'node:fs'
import { seededRandom } from '../support/random.ts'
import { runModel } from './model.ts'

const [count, path] = process.argv.slice(2)
if (count === undefined || path === undefined) {
  process.stderr.write('usage: generate.ts <operations> <file.jsonl>\n')
  process.exit(2)
}
const random = seededRandom()
const file = openSync(path, 'w')
let text = ''
runModel(random, { operationCount: Number(count), keyCount: 8 }, (line) => {
  text += `${JSON.stringify(line)}\n`
  if (text.length < 1 << 20) return
  writeSync(file, text)
  text = ''
})
writeSync(file, text)
closeSync(file)
process.stderr.write(`SEED=${random.seed}\n`)
