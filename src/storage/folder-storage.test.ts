import assert from 'node:assert/strict'
import { test } from 'node:test'
import { storageContract } from '../../test/support/storage-contract.ts'
import { FolderStorage, LeftFolderError } from './folder-storage.ts'
import { MemoryStorage } from './memory-storage.ts'

storageContract('FolderStorage', () => new FolderStorage(new MemoryStorage(), 'segments'))

test('leave() keeps the owner of a folder from what is in it, and from nothing else', () => {
  const memory = new MemoryStorage()
  const storage = new FolderStorage(memory, 't-0')
  storage.open('t-0/a').close()
  storage.rename('t-0', 't-0-delete')
  storage.leave()
  memory.open('t-0/a').close()
  assert.throws(() => storage.open('t-0/b'), LeftFolderError)
  assert.throws(() => storage.rename('t-0/a', 't-0/b'), LeftFolderError)
  assert.throws(() => storage.remove('t-0/a'), LeftFolderError)
  storage.remove('t-0-delete')
  assert.deepEqual([memory.list(''), memory.list('t-0')], [['t-0'], ['a']])
})
