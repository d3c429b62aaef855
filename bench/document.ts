/**
 * Writes the last result of each benchmark into `docs/performance.md`, so that the numbers there are
 * the ones that were measured: `node bench/document.ts`, after `npm run bench`.
 */

import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { machineLine } from './machine.ts'
import { lastResult, markdownTable, resultsFolder } from './report.ts'

const document = join(import.meta.dirname, '..', 'docs', 'performance.md')
/** What the results of one benchmark stand between. */
const place = /(<!-- results of ([\w-]+) -->\n)[^]*?(<!-- end -->)/g

const measured = globSync('*.jsonl', { cwd: resultsFolder }).map((file) => basename(file, '.jsonl'))
const before = readFileSync(document, 'utf8')
const documented = new Set<string>()
const after = before.replace(place, (_, start: string, name: string, end: string) => {
  documented.add(name)
  const result = lastResult(name)
  if (result === undefined)
    return `${start}No run is kept yet: \`npm run bench -- ${name}\`.\n${end}`
  const { time, machine, rows } = result
  return `${start}${markdownTable(rows)}\n\n${time.slice(0, 10)}: ${machineLine(machine)}\n${end}`
})
const missing = measured.filter((name) => !documented.has(name))
if (missing.length > 0) throw new Error(`${document} has no place for ${missing.join(', ')}`)
writeFileSync(document, after)
