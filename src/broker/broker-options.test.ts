import assert from 'node:assert/strict'
import { test } from 'node:test'
import { brokerDefaults, resolveBrokerOptions, type BrokerOptions } from './broker-options.ts'

test('resolveBrokerOptions() fills in the defaults, also for what is undefined', () => {
  const { groups: _, ...resolved } = resolveBrokerOptions({ nodeId: 7 })
  assert.deepEqual(resolved, { ...brokerDefaults, nodeId: 7 })
  const unset = { autoCreateTopics: undefined } as unknown as BrokerOptions
  assert.equal(resolveBrokerOptions(unset).autoCreateTopics, true)
})

test('resolveBrokerOptions() keeps a 0 and a false that were meant', () => {
  const resolved = resolveBrokerOptions({ nodeId: 0, autoCreateTopics: false })
  assert.deepEqual([resolved.nodeId, resolved.autoCreateTopics], [0, false])
})

test('resolveBrokerOptions() names the option that is wrong', () => {
  const cases: readonly [BrokerOptions, RegExp][] = [
    [{ nodeId: -1 }, /'nodeId'/],
    [{ defaultPartitions: 0 }, /'defaultPartitions'/],
    [{ maxPartitions: 1.5 }, /'maxPartitions'/],
    [{ fetchMaxBytes: 10 }, /'fetchMaxBytes'/],
    [{ retentionCheckMs: Number.NaN }, /'retentionCheckMs'/],
    [{ flush: 'never' as 'os' }, /'flush'/],
    [{ superUsers: ['ann', 'User:bob'] }, /'superUsers'.*'bob', not 'User:bob'/],
    [{ dataFoldr: './data' } as BrokerOptions, /'dataFoldr'/],
    [{ groups: { minSessionTimeoutMs: -1 } }, /minSessionTimeoutMs/],
  ]
  for (const [options, message] of cases) {
    assert.throws(() => resolveBrokerOptions(options), { name: 'RangeError', message })
  }
})
