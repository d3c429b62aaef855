import assert from 'node:assert/strict'
import { test } from 'node:test'
import { resolveRun } from './run-settings.ts'

test('resolveRun() gives applications names that topics may have, and that stay apart', () => {
  const nameOf = (name: string): string => resolveRun(name, {}).name
  assert.equal(nameOf('orders/groupBy/count'), 'orders-groupBy-count')
  assert.equal(nameOf('Größe 1'), 'Gr-e-1-qfag3pk4p8')
  assert.equal(nameOf('注文'), '--u94xz3pcq5')
  assert.equal(nameOf('🛒'), '--qhxwc2knzw')
})
