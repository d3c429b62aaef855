import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runSeed } from './run-seed.ts'

/** Those of `npm test`; `npm run test:simulation` runs more. `SEED=… npm test` runs that one. */
const seeds =
  process.env['SEED'] === undefined
    ? Array.from({ length: 20 }, (_, index) => index + 1)
    : [Number(process.env['SEED'])]

test('no invariant is broken in a simulated cluster, whatever fails', async (t) => {
  for (const seed of seeds) {
    const { violation } = await runSeed({ seed })
    if (!violation) continue
    t.diagnostic(`SEED=${seed}, see npm run test:simulation -- --seed ${seed} --trace`)
    throw violation
  }
})

test('runSeed() does the same again with the same seed, and something else with another', async () => {
  const traces: string[] = []
  for (const seed of [7, 8, 7]) traces.push((await runSeed({ seed })).trace)
  assert.equal(traces[0], traces[2])
  assert.notEqual(traces[0], traces[1])
})
