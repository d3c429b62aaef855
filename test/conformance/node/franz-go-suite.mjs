/** The tests that franz-go has for its own client, all of them, against the broker. */

import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

const home = join(import.meta.dirname, '..')
const find = ['list', '-f', '{{.Dir}}', 'github.com/twmb/franz-go/pkg/kgo']
// Where `go test` would run them: one looks into the sources.
const sources = execFileSync('go', find, { cwd: join(home, 'go'), encoding: 'utf8' }).trim()
const program = join(home, '.cache', 'go', 'franz-go-suite')
const suite = spawn(program, ['-test.v', '-test.timeout=140s'], {
  cwd: sources,
  stdio: ['ignore', 'pipe', 'inherit'],
  env: {
    ...process.env,
    KGO_SEEDS: process.env.BOOTSTRAP,
    KGO_TEST_RF: '1',
    // Half a million by default; with fewer, the rebalances come closer to each other.
    KGO_TEST_RECORDS: '50000',
  },
})
const exited = once(suite, 'exit')
const counts = { PASS: 0, SKIP: 0, FAIL: 0 }
for await (const line of createInterface(suite.stdout)) {
  const [, result] = /^\s*--- (PASS|SKIP|FAIL)/.exec(line) ?? []
  if (result) counts[result]++
  if (result === 'FAIL' || /^panic|_test\.go:\d+: (?!deleting)/.test(line)) {
    process.stderr.write(`${line}\n`)
  }
}
const [code] = await exited
process.stdout.write(`F ${counts.PASS}-tests\n`)
process.stderr.write(`${counts.SKIP} skipped\n`)
process.exitCode = code === 0 && counts.PASS > 0 ? 0 : 1
