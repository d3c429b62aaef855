import assert from 'node:assert/strict'
import { test } from 'node:test'
import { storageContract } from '../../test/support/storage-contract.ts'
import { MemoryStorage } from './memory-storage.ts'

storageContract('MemoryStorage', () => new MemoryStorage())

test('MemoryStorage renames and removes a folder without a look at all others', () => {
  const storage = new MemoryStorage()
  const names = Array.from({ length: 20_000 }, (_, index) => `topic-${index}`)
  for (const name of names) storage.open(`${name}/00000000000000000000.log`)
  const startedMs = performance.now()
  for (const name of names) {
    storage.rename(name, `${name}-delete`)
    storage.remove(`${name}-delete`)
  }
  // A tenth of a second. With a look at all others it is half a minute.
  assert.ok(performance.now() - startedMs < 5000)
  assert.deepEqual(storage.list(''), [])
})
