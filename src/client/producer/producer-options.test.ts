import assert from 'node:assert/strict'
import { test } from 'node:test'
import { resolveDelivery, type ProducerConfig } from './producer-options.ts'

test('a producer is idempotent unless it does not wait for all', () => {
  const usual = resolveDelivery({}, 30_000)
  assert.equal(usual.isIdempotent, true)
  assert.equal(usual.acks, -1)
  assert.equal(usual.batchBytes, 16384)
  assert.equal(usual.lingerMs, 5)
  assert.equal(usual.timeoutMs, 30_000)
  assert.equal(resolveDelivery({ acks: 1 }, 1).isIdempotent, false)
  assert.equal(resolveDelivery({ idempotent: false, maxInFlight: 100 }, 1).maxInFlight, 100)
  assert.equal(resolveDelivery({ timeout: '5s' }, 1).timeoutMs, 5000)
})

test('an explicit 0 is a value', () => {
  const delivery = resolveDelivery({ lingerMs: 0, retries: 0, retryBackoffMs: 0, acks: 0 }, 1)
  const { lingerMs, retries, retryBackoffMs, acks } = delivery
  assert.deepEqual([lingerMs, retries, retryBackoffMs, acks], [0, 0, 0, 0])
})

test('options that cannot work are refused by name', () => {
  const cases: [ProducerConfig, string][] = [
    [{ batchSize: 0 }, 'batchSize'],
    [{ lingerMs: -1 }, 'lingerMs'],
    [{ compression: 'brotli' as never }, 'compression'],
    [{ acks: 2 as never }, 'acks'],
    [{ acks: 1, idempotent: true }, 'acks'],
    [{ maxInFlight: 6 }, 'maxInFlight'],
    [{ maxInFlight: 0 }, 'maxInFlight'],
    [{ bufferBytes: Number.NaN }, 'bufferBytes'],
    [{ timeout: 'soon' as never }, 'timeout'],
  ]
  for (const [config, option] of cases) {
    assert.throws(() => resolveDelivery(config, 1), { code: 'invalid_option', option })
  }
})
