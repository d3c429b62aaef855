import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Offset } from '../record/offset.ts'
import { resolveConsumerConfig, type ConsumerConfig } from './consumer-options.ts'

test('a consumer begins at the start, and commits when it is told to', () => {
  const config = resolveConsumerConfig({ group: 'g' })
  assert.equal(config.offset, Offset.earliest)
  assert.equal(config.autoCommit, false)
  assert.equal(config.isolation, 'read_committed')
  assert.equal(config.sessionTimeoutMs, 30_000)
  assert.equal(config.heartbeatIntervalMs, 3000)
  assert.equal(config.fetchMinBytes, 1)
  assert.equal(config.fetchMaxWaitMs, 500)
  assert.equal(config.maxPartitionFetchBytes, 1024 * 1024)
  assert.equal(config.maxPollRecords, 500)
})

test('options that cannot work are refused by name', () => {
  const cases: [ConsumerConfig, string][] = [
    [{ group: '' }, 'group'],
    [{ group: 'g', groupInstanceId: '' }, 'groupInstanceId'],
    [{ offset: 'newest' as never }, 'offset'],
    [{ autoCommit: 'yes' as never }, 'autoCommit'],
    [{ fetchMaxWaitMs: -1 }, 'fetchMaxWaitMs'],
    [{ fetchMaxBytes: 0 }, 'fetchMaxBytes'],
    [{ maxPartitionFetchBytes: 0 }, 'maxPartitionFetchBytes'],
    [{ maxPollRecords: 0 }, 'maxPollRecords'],
    [{ sessionTimeout: 'long' as never }, 'sessionTimeout'],
    [{ sessionTimeout: 0 }, 'sessionTimeout'],
    [{ heartbeatInterval: 0 }, 'heartbeatInterval'],
    [{ autoCommitInterval: '0s' }, 'autoCommitInterval'],
    [{ isolation: 'serializable' as never }, 'isolation'],
    [{ onInvalid: 'ignore' as never }, 'onInvalid'],
    [{ grupe: 'g' } as never, 'grupe'],
  ]
  for (const [config, option] of cases) {
    assert.throws(() => resolveConsumerConfig(config), { code: 'invalid_option', option })
  }
})

test('the names of other clients are refused with ours', () => {
  const message = "option 'groupId' must be left out: there is none of that name, but 'group'"
  assert.throws(() => resolveConsumerConfig({ groupId: 'billing' } as never), { message })
  // As in a config that is put together from others.
  assert.equal(resolveConsumerConfig({ groupId: undefined } as never).group, undefined)
})
