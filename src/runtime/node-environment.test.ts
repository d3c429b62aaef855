import assert from 'node:assert/strict'
import { test } from 'node:test'
import { environment } from './node-environment.ts'

test('environment is what the process was given', (t) => {
  process.env['KAFKA_DO_TEST'] = 'given'
  t.after(() => delete process.env['KAFKA_DO_TEST'])
  assert.equal(environment['KAFKA_DO_TEST'], 'given')
  assert.equal(environment['KAFKA_DO_NEVER'], undefined)
  process.env['KAFKA_DO_TEST'] = ''
  assert.equal(environment['KAFKA_DO_TEST'], undefined)
})
