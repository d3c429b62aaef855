/**
 * `node test/history/check.ts <file.jsonl>…`: judges a history, which may be in several files, one
 * per process. Exits with 1 where there is an anomaly that is not legal. Flags:
 * `--read-uncommitted`, `--not-idempotent`, `--untold-rebalances`.
 */

import type { CheckOptions } from './anomalies.ts'
import { checkHistory } from './checker.ts'
import { describeVerdict } from './describe-verdict.ts'
import { mergeLines, readLines } from './history-files.ts'

const flags = process.argv.slice(2).filter((argument) => argument.startsWith('--'))
const files = process.argv.slice(2).filter((argument) => !argument.startsWith('--'))
const known = ['--read-uncommitted', '--not-idempotent', '--untold-rebalances']
const unknown = flags.filter((flag) => !known.includes(flag))
if (files.length === 0 || unknown.length > 0) {
  process.stderr.write(`usage: check.ts [${known.join('] [')}] <file.jsonl>…\n`)
  process.exit(2)
}

const options: CheckOptions = {
  isolation: flags.includes('--read-uncommitted') ? 'read_uncommitted' : 'read_committed',
  isIdempotent: !flags.includes('--not-idempotent'),
  hasUntoldRebalances: flags.includes('--untold-rebalances'),
}
const verdict = checkHistory(mergeLines(files.map(readLines)), options)
for (const line of describeVerdict(verdict, options)) process.stdout.write(`${line}\n`)
process.exitCode = verdict.forbidden.length === 0 ? 0 : 1
