import assert from 'node:assert/strict'
import { test } from 'node:test'
import { append, smallSegments, testClock } from '../../../test/support/log-fixture.ts'
import { seededRandom } from '../../../test/support/random.ts'
import { noCodecs } from '../../record/compression.ts'
import { silentLogger } from '../../runtime/runtime.ts'
import { MemoryStorage } from '../../storage/memory-storage.ts'
import { readWholeFile, writeDerivedFile } from '../../storage/whole-file.ts'
import { DamagedLogError } from '../log-error.ts'
import type { LogFault } from '../log-fault.ts'
import { LogManager } from '../log-manager.ts'
import { verifyFolder } from '../verify/folder.ts'
import { repairFolder } from './repair-folder.ts'

const topicId = 'AbCdEfGhIjKlMnOpQrStUw'
const path = 'orders-1/00000000000000000000.log'

function open(storage: MemoryStorage): LogManager {
  return LogManager.open({
    storage,
    clock: testClock(),
    random: seededRandom(1),
    logger: silentLogger,
    flush: 'ack',
    config: smallSegments,
    onFailure: (error) => {
      throw error
    },
  })
}

/** Three partitions with three records each. */
async function folder(): Promise<MemoryStorage> {
  const storage = new MemoryStorage()
  const manager = open(storage)
  for (const partition of [0, 1, 2]) {
    const log = manager.create({ topic: 'orders', topicId, partition, config: smallSegments })
    for (let count = 0; count < 3; count++) append(log)
  }
  await manager.close()
  return storage
}

test('repairFolder() makes a folder open again, and says what is lost', async () => {
  const storage = await folder()
  const bytes = readWholeFile(storage, path)!
  bytes[Math.floor(bytes.length / 2)]! ^= 1
  writeDerivedFile(storage, path, bytes)
  assert.throws(() => open(storage), DamagedLogError)
  const repaired = await repairFolder({ storage, logger: silentLogger })
  assert.deepEqual(
    repaired.map(({ folder: name, report }) => [name, report.quarantined[0]!.fromOffset]),
    [['orders-1', 1]],
  )
  const manager = open(storage)
  assert.deepEqual(
    manager.all().map(({ log }) => log.endOffset),
    [3, 3, 3],
  )
  await manager.close()
  assert.deepEqual(await repairFolder({ storage, logger: silentLogger }), [])
})

test('repairFolder() lets a log whose folder is gone begin anew', async () => {
  const storage = await folder()
  storage.remove('orders-1')
  const create = (): number => {
    const named = { topic: 'orders', topicId, partition: 1, config: smallSegments }
    return open(storage).create(named).endOffset
  }
  assert.throws(create, DamagedLogError)
  const warnings: string[] = []
  const warn = (message: string): void => void warnings.push(message)
  await repairFolder({ storage, logger: { ...silentLogger, warn } })
  assert.equal(warnings.length, 1)
  assert.equal(create(), 0)
})

/** One partition of several segments, with twenty batches of one producer. */
async function producedFolder(): Promise<MemoryStorage> {
  const storage = new MemoryStorage()
  const manager = open(storage)
  const log = manager.create({ topic: 'orders', topicId, partition: 0, config: smallSegments })
  for (let baseSequence = 0; baseSequence < 20; baseSequence++) {
    append(log, { producerId: 7, producerEpoch: 0, baseSequence })
  }
  await manager.close()
  return storage
}

function segmentsOf(storage: MemoryStorage): string[] {
  const names = storage.list('orders-0').filter((name) => name.endsWith('.log'))
  return names.map((name) => `orders-0/${name}`)
}

function faultsIn(storage: MemoryStorage): LogFault[] {
  const faults: LogFault[] = []
  const onFault = (fault: LogFault): void => void faults.push(fault)
  const ignored = { onLog: () => {}, onProgress: () => {} }
  verifyFolder({ storage, codecs: noCodecs, records: 'check', onFault, ...ignored })
  return faults
}

/** Repairs; then there are no faults, also after the next start. */
async function checkRepairs(storage: MemoryStorage, what: string): Promise<void> {
  assert.notDeepEqual(faultsIn(storage), [], what)
  await repairFolder({ storage, logger: silentLogger })
  assert.deepEqual(faultsIn(storage), [], what)
  const manager = open(storage)
  const { log } = manager.all()[0]!
  assert.equal(log.endOffset, 20, what)
  assert.equal(append(log, { producerId: 7, producerEpoch: 1, baseSequence: 0 }).baseOffset, 20)
  await manager.close()
  assert.deepEqual(faultsIn(storage), [], what)
}

test('repairFolder() leaves nothing for verify to find, whichever batch is damaged', async () => {
  const batchBytes = 73
  for (const path of segmentsOf(await producedFolder())) {
    const count = readWholeFile(await producedFolder(), path)!.length / batchBytes
    assert.equal(count, Math.floor(count))
    for (let batch = 0; batch < count; batch++) {
      const storage = await producedFolder()
      const bytes = readWholeFile(storage, path)!.slice()
      bytes[batch * batchBytes + 45]! ^= 1
      writeDerivedFile(storage, path, bytes)
      await checkRepairs(storage, `batch ${batch} of ${path}`)
    }
  }
})

test('repairFolder() leaves nothing for verify to find where the end is missing', async () => {
  const cut = await producedFolder()
  const last = segmentsOf(cut).at(-1)!
  writeDerivedFile(cut, last, readWholeFile(cut, last)!.slice(0, 73))
  await checkRepairs(cut, 'a file that was cut short')
  const gone = await producedFolder()
  const stem = last.slice(0, -'.log'.length)
  for (const name of gone.list('orders-0')) {
    if (`orders-0/${name}`.startsWith(stem)) gone.remove(`orders-0/${name}`)
  }
  await checkRepairs(gone, 'a file that is gone')
})
