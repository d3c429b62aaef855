import assert from 'node:assert/strict'
import { test } from 'node:test'
import { append, smallSegments, testClock } from '../../../test/support/log-fixture.ts'
import { seededRandom } from '../../../test/support/random.ts'
import { silentLogger } from '../../runtime/runtime.ts'
import { MemoryStorage } from '../../storage/memory-storage.ts'
import { readWholeFile, writeDerivedFile } from '../../storage/whole-file.ts'
import { DamagedLogError } from '../log-error.ts'
import { LogManager } from '../log-manager.ts'
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
