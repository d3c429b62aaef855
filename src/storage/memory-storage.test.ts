import assert from 'node:assert/strict'
import { test } from 'node:test'
import { storageContract } from '../../test/support/storage-contract.ts'
import { MemoryStorage } from './memory-storage.ts'

storageContract('MemoryStorage', () => new MemoryStorage())

test('MemoryStorage moves and removes a folder, and none that is called alike', () => {
  const storage = new MemoryStorage()
  for (const path of ['t-1/a/b', 't-1/c', 't-10/d']) storage.open(path)
  storage.rename('t-1', 't-2')
  assert.deepEqual(storage.list('t-2/a'), ['b'])
  assert.deepEqual(storage.list('t-1'), [])
  storage.remove('t-2')
  assert.deepEqual(storage.list(''), ['t-10'])
  assert.deepEqual(storage.list('t-10'), ['d'])
})
