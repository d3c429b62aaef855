import assert from 'node:assert/strict'
import { test } from 'node:test'
import { resolveDelivery, type ProducerConfig } from './producer-options.ts'

const client = { timeoutMs: 30_000, retries: 3 }

test('a producer is idempotent unless it does not wait for all', () => {
  const usual = resolveDelivery({}, client)
  assert.equal(usual.isIdempotent, true)
  assert.equal(usual.acks, -1)
  assert.equal(usual.batchBytes, 16384)
  assert.equal(usual.lingerMs, 5)
  assert.equal(usual.timeoutMs, 30_000)
  assert.equal(resolveDelivery({ acks: 1 }, client).isIdempotent, false)
  assert.equal(resolveDelivery({ idempotent: false, maxInFlight: 100 }, client).maxInFlight, 100)
  assert.equal(resolveDelivery({ timeout: '5s' }, client).timeoutMs, 5000)
})

test('retries are those of the client where the producer has none of its own', () => {
  const own = { timeoutMs: 1, retries: 7 }
  assert.equal(resolveDelivery({}, own).retries, 7)
  assert.equal(resolveDelivery({ retries: 0 }, own).retries, 0)
})

test('an explicit 0 is a value', () => {
  const delivery = resolveDelivery({ lingerMs: 0, retries: 0, retryBackoffMs: 0, acks: 0 }, client)
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
    [{ linger: 5 } as never, 'linger'],
  ]
  for (const [config, option] of cases) {
    assert.throws(() => resolveDelivery(config, client), { code: 'invalid_option', option })
  }
})
