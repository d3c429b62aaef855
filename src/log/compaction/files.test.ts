import assert from 'node:assert/strict'
import { test } from 'node:test'
import { stampBatch } from '../../record/batch.ts'
import { testBatch } from '../../../test/support/log-fixture.ts'
import { MemoryStorage } from '../../storage/memory-storage.ts'
import { readWholeFile } from '../../storage/whole-file.ts'
import { settleCompaction } from './files.ts'

const name = (offset: number): string => `t-0/${String(offset).padStart(20, '0')}`

/** Writes a file of one-record batches with these offsets. */
function write(storage: MemoryStorage, path: string, offsets: readonly number[]): void {
  const file = storage.open(path)
  for (const baseOffset of offsets) {
    const batch = testBatch()
    stampBatch(batch, 0, { baseOffset, leaderEpoch: 0 })
    file.append(batch)
  }
}

function segments(): MemoryStorage {
  const storage = new MemoryStorage()
  for (const offset of [0, 10, 20, 30]) write(storage, `${name(offset)}.log`, [offset])
  write(storage, `${name(10)}.index`, [])
  return storage
}

test('settleCompaction() removes what was being written', () => {
  const storage = segments()
  const before = storage.list('t-0')
  write(storage, `${name(0)}.log.cleaned`, [0])
  write(storage, `${name(0)}.timeindex.cleaned`, [])
  write(storage, `${name(0)}.index.swap`, [])
  settleCompaction(storage, 't-0')
  assert.deepEqual(storage.list('t-0'), before)
})

test('settleCompaction() finishes a swap, whichever old files are left', () => {
  for (const gone of [[], [10], [20], [10, 20]]) {
    const storage = segments()
    for (const offset of gone) {
      for (const ending of ['.index', '.log']) storage.remove(name(offset) + ending)
    }
    write(storage, `${name(0)}.log.swap`, [3, 29])
    const bytes = readWholeFile(storage, `${name(0)}.log.swap`)
    settleCompaction(storage, 't-0')
    const names = [0, 30].map((offset) => `${name(offset)}.log`)
    assert.deepEqual(
      storage.list('t-0').map((each) => `t-0/${each}`),
      names,
    )
    assert.deepEqual(readWholeFile(storage, names[0]!), bytes)
    settleCompaction(storage, 't-0')
  }
})

test('settleCompaction() refuses a swap whose file is cut off, and changes nothing', () => {
  const storage = segments()
  write(storage, `${name(0)}.log.swap`, [3, 29])
  const file = storage.open(`${name(0)}.log.swap`)
  file.truncate(file.sizeBytes - 1)
  const before = storage.list('t-0')
  assert.throws(() => settleCompaction(storage, 't-0'), { name: 'DamagedLogError' })
  assert.deepEqual(storage.list('t-0'), before)
})
