import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FaultStorage, InjectedError } from '../../test/support/fault-storage.ts'
import { seededRandom } from '../../test/support/random.ts'
import { MemoryStorage } from './memory-storage.ts'
import { readWholeFile, replaceFile, syncWholeFile, writeDerivedFile } from './whole-file.ts'

const path = 'orders-0/checkpoint'
const before = Uint8Array.of(1, 2, 3)
const after = Uint8Array.of(4, 5)

test('readWholeFile() gives what was written, and nothing of a file that is not there', () => {
  const storage = new MemoryStorage()
  assert.equal(readWholeFile(storage, path), undefined)
  assert.equal(storage.exists('orders-0'), false)
  writeDerivedFile(storage, path, before)
  writeDerivedFile(storage, path, after)
  assert.deepEqual(readWholeFile(storage, path), after)
  writeDerivedFile(storage, path, new Uint8Array(0))
  assert.equal(storage.exists(path), false)
})

test('syncWholeFile() does nothing where there is no file', async () => {
  const storage = new MemoryStorage()
  await syncWholeFile(storage, path)
  assert.equal(storage.exists(path), false)
})

test('replaceFile() leaves the old bytes or the new ones, whatever fails', async () => {
  const { seed } = seededRandom()
  for (let call = 1; call < 12; call++) {
    for (let round = 0; round < 8; round++) {
      const storage = new FaultStorage()
      await replaceFile(storage, path, before)
      await storage.syncFolder('')
      const start = storage.callCount
      storage.failWhen((_, number) => number === start + call)
      let wasReplaced = true
      await replaceFile(storage, path, after).catch((error: unknown) => {
        assert.ok(error instanceof InjectedError)
        wasReplaced = false
      })
      const left = storage.powerFailure(seededRandom(seed + round))
      const bytes = Buffer.from(readWholeFile(left, path)!).toString('hex')
      const expected = wasReplaced ? ['0405'] : ['010203', '0405']
      assert.ok(expected.includes(bytes), `call ${call}, SEED=${seed}: ${bytes}`)
    }
  }
})
