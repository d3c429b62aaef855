import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sweepDamage } from './sweep-damage.ts'

/** The whole is `npm run test:faults`. */
const fastPart = { worker: 0, workers: 9, step: 97 }

test('a damaged file is made again, refused or told of, and nothing is lost silently', async () => {
  for (const { part, cases, failures } of await sweepDamage(fastPart)) {
    assert.ok(cases > 100, `${part}: ${cases} cases`)
    assert.deepEqual(failures, [])
  }
})
