/** The tests that every `Storage` must pass. A new storage adds one call, and no copies of these. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Storage, StorageFile } from '../../src/storage/storage.ts'
import { seededRandom } from './random.ts'

export function storageContract(name: string, create: () => Storage): void {
  /** Runs `body` as a test with a fresh storage, which is closed afterwards. */
  const check = (sentence: string, body: (storage: Storage) => Promise<void> | void): void => {
    void test(`${name}: ${sentence}`, async () => {
      const storage = create()
      try {
        await body(storage)
      } finally {
        storage.close()
      }
    })
  }

  check('append() returns where the bytes start, and read() finds them there', (storage) => {
    const file = storage.open('0.log')
    assert.equal(file.append(Uint8Array.of(1, 2, 3)), 0)
    assert.equal(file.append(Uint8Array.of(4)), 3)
    assert.equal(file.append(Uint8Array.of()), 4)
    assert.equal(file.sizeBytes, 4)
    assert.deepEqual(readAll(file, 2, 2), Uint8Array.of(3, 4))
    file.close()
  })

  check('read() is short at the end of the file', (storage) => {
    const file = storage.open('0.log')
    file.append(Uint8Array.of(1))
    assert.deepEqual(readAll(file, 0, 10), Uint8Array.of(1))
    assert.deepEqual(readAll(file, 5, 10), Uint8Array.of())
    file.close()
  })

  check('a file keeps its bytes after close() and open()', async (storage) => {
    const file = storage.open('orders-0/0.log')
    file.append(Uint8Array.of(1, 2, 3))
    file.truncate(2)
    await file.sync()
    file.close()
    const reopened = storage.open('orders-0/0.log')
    assert.equal(reopened.sizeBytes, 2)
    assert.equal(reopened.append(Uint8Array.of(9)), 2)
    assert.deepEqual(readAll(reopened, 0, 3), Uint8Array.of(1, 2, 9))
    reopened.close()
  })

  check('truncate() refuses to make a file longer', (storage) => {
    const file = storage.open('0.log')
    assert.throws(() => file.truncate(1), RangeError)
    file.close()
  })

  check('a file of many megabytes reads back as it was appended', (storage) => {
    const random = seededRandom(7)
    const file = storage.open('0.log')
    const piece = random.bytes(999_983)
    for (let index = 0; index < 4; index++) file.append(piece)
    for (const position of [0, 999_983, 1_048_000, 2_999_949]) {
      const length = Math.min(600_000, file.sizeBytes - position)
      const expected = Uint8Array.from({ length }, (_, at) => piece[(position + at) % 999_983]!)
      assert.deepEqual(readAll(file, position, length), expected)
    }
    file.truncate(1_500_000)
    assert.equal(file.append(Uint8Array.of(1, 2)), 1_500_000)
    assert.deepEqual(readAll(file, 1_500_000, 9), Uint8Array.of(1, 2))
    file.close()
  })

  check('open() creates an empty file and its folder', (storage) => {
    assert.equal(storage.exists('orders-0'), false)
    const file = storage.open('orders-0/0.log')
    assert.equal(file.sizeBytes, 0)
    assert.equal(storage.exists('orders-0'), true)
    assert.equal(storage.exists('orders-0/0.log'), true)
    assert.equal(storage.isFolder('orders-0'), true)
    assert.equal(storage.isFolder('orders-0/0.log'), false)
    assert.equal(storage.isFolder('none'), false)
    assert.equal(storage.exists('orders-0/1.log'), false)
    file.close()
  })

  check('list() is sorted, has folders, and knows nothing of removed files', (storage) => {
    for (const path of ['b.log', 'B.log', 'a.log', 'a.index', 'x-0/0.log']) {
      storage.open(path).close()
    }
    storage.remove('a.index')
    storage.remove('never-existed')
    assert.deepEqual(visible(storage, ''), ['B.log', 'a.log', 'b.log', 'x-0'])
    assert.deepEqual(storage.list('x-0'), ['0.log'])
    assert.deepEqual(storage.list('never-existed'), [])
  })

  check('remove() takes a folder with all that is in it', (storage) => {
    storage.open('x-0/0.log').close()
    storage.open('x-0/1.log').close()
    storage.open('x-00/1.log').close()
    storage.remove('x-0')
    assert.deepEqual(visible(storage, ''), ['x-00'])
    assert.equal(storage.exists('x-0/0.log'), false)
    assert.equal(storage.open('x-0/0.log').sizeBytes, 0)
  })

  check('rename() replaces a file of that name', (storage) => {
    write(storage, 'new', Uint8Array.of(2))
    write(storage, 'old', Uint8Array.of(1))
    storage.rename('new', 'old')
    assert.deepEqual(visible(storage, ''), ['old'])
    const file = storage.open('old')
    assert.deepEqual(readAll(file, 0, 9), Uint8Array.of(2))
    file.close()
  })

  check('rename() moves a folder with all that is in it', (storage) => {
    write(storage, 'x-0/0.log', Uint8Array.of(1))
    storage.rename('x-0', 'x-0-delete')
    assert.deepEqual(visible(storage, ''), ['x-0-delete'])
    const file = storage.open('x-0-delete/0.log')
    assert.equal(file.sizeBytes, 1)
    file.close()
    assert.throws(() => storage.rename('x-0', 'y-0'))
  })

  check('an open file stays open while it is renamed', async (storage) => {
    const file = storage.open('x-0/0.pending')
    file.append(Uint8Array.of(1))
    const sync = file.sync()
    storage.rename('x-0/0.pending', 'x-0/0.log')
    file.append(Uint8Array.of(2))
    await sync
    await file.sync()
    assert.deepEqual(readAll(file, 0, 9), Uint8Array.of(1, 2))
    file.close()
    assert.deepEqual(storage.list('x-0'), ['0.log'])
  })

  check('sync() and syncFolder() resolve, also when many run at once', async (storage) => {
    const file = storage.open('x-0/0.log')
    const syncs: Promise<void>[] = []
    for (let index = 0; index < 20; index++) {
      file.append(Uint8Array.of(index))
      syncs.push(file.sync(), storage.syncFolder('x-0'), storage.syncFolder(''))
    }
    file.close()
    await Promise.all(syncs)
  })
}

function write(storage: Storage, path: string, bytes: Uint8Array): void {
  const file = storage.open(path)
  file.append(bytes)
  file.close()
}

function readAll(file: StorageFile, position: number, length: number): Uint8Array {
  const target = new Uint8Array(length)
  return target.subarray(0, file.read(position, target))
}

/** Lists `folder` without what a storage keeps there for itself. */
function visible(storage: Storage, folder: string): string[] {
  return storage.list(folder).filter((name) => name !== '.lock')
}
