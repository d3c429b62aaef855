import assert from 'node:assert/strict'
import { tmpdir } from 'node:os'
import { test } from 'node:test'
import { diskSpaceOf, healthBy, httpStatusOf } from './health.ts'

const mebibyte = 1024 * 1024

test('healthBy() is degraded where the disk is nearly full, small ones included', () => {
  const cases: readonly (readonly [totalMiB: number, freeMiB: number, status: string])[] = [
    [100_000, 1000, 'ok'],
    [100_000, 63, 'degraded'],
    [100_000, 0, 'degraded'],
    [1000, 21, 'ok'],
    [1000, 19, 'degraded'],
  ]
  for (const [totalMiB, freeMiB, status] of cases) {
    const space = { totalBytes: totalMiB * mebibyte, freeBytes: freeMiB * mebibyte }
    assert.equal(healthBy(space).status, status, `${freeMiB} of ${totalMiB} MiB`)
  }
})

test('diskSpaceOf() looks at the disk of a folder; where there is none, health is degraded', () => {
  const { totalBytes, freeBytes } = diskSpaceOf(tmpdir())!
  assert.ok(totalBytes >= freeBytes && freeBytes >= 0)
  const nowhere = diskSpaceOf('/there/is/no/such/folder')
  assert.deepEqual(healthBy(nowhere), {
    status: 'degraded',
    reason: 'the data folder cannot be seen',
  })
})

test('httpStatusOf() is an error only where a new start would help', () => {
  const statuses = (['ok', 'degraded', 'failed'] as const).map((status) => httpStatusOf({ status }))
  assert.deepEqual(statuses, [200, 200, 503])
})
