/**
 * The first sync that fails ends the broker: nobody gets an acknowledgement after it, the process
 * says what to do and ends with an exit code, and the next one has all that was acknowledged.
 */

import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { Kafka } from '../../src/index-node.ts'
import { verifyLog } from '../../src/log/verify/verify.ts'
import { NodeStorage } from '../../src/storage/node-storage.ts'
import { silentLogger } from '../../src/runtime/runtime.ts'
import { failingSync, noFailingSync, type FailingSync } from '../support/failing-sync.ts'
import { startOwnBroker, type OwnBroker } from '../support/own-broker.ts'

const acknowledgedCount = 5

function clientOf({ bootstrap }: OwnBroker): Kafka {
  return new Kafka({ url: `kafka://${bootstrap}`, logger: silentLogger })
}

async function failWhileSending(broker: OwnBroker, fault: FailingSync): Promise<void> {
  const kafka = clientOf(broker)
  const producer = kafka.producer('orders', { value: 'string', retries: 0, timeout: '5s' })
  for (let count = 0; count < acknowledgedCount; count++) await producer.send(`sent ${count}`)
  fault.begin()
  const sends = Array.from({ length: 10 }, (_, count) => producer.send(`waiting ${count}`))
  for (const result of await Promise.allSettled(sends)) {
    assert.equal(result.status, 'rejected')
    assert.equal(result.reason.maybeApplied, true, String(result.reason))
  }
  assert.equal(await broker.exited, 1)
  assert.match(broker.log(), /could not be synced to the disk.*start the broker again/)
  await kafka.close()
}

async function sendOne(broker: OwnBroker): Promise<number> {
  const kafka = clientOf(broker)
  const { offset } = await kafka.producer('orders', { value: 'string' }).send('later')
  await kafka.close()
  assert.ok(offset >= acknowledgedCount)
  return offset + 1
}

for (const error of ['EIO', 'ENOSPC'] as const) {
  test(`a sync that fails with ${error} ends the broker`, { skip: noFailingSync() }, async () => {
    const dataFolder = mkdtempSync(join(tmpdir(), 'kafka-do-failed-sync-'))
    const fault = failingSync(error)
    try {
      const broker = await startOwnBroker({ dataFolder, env: fault.env })
      try {
        await failWhileSending(broker, fault)
      } finally {
        await broker.kill()
      }
      assert.ok(readdirSync(join(dataFolder, 'orders-0')).includes('failed-sync'))
      assert.equal(existsSync(join(dataFolder, '.kafka_cleanshutdown')), false)

      const next = await startOwnBroker({ dataFolder })
      const endOffset = await sendOne(next)
      await next.stop()
      const storage = new NodeStorage(dataFolder)
      const report = verifyLog({ storage, folder: 'orders-0' })
      storage.close()
      assert.deepEqual([report.problems, report.endOffset], [[], endOffset])
      assert.ok(!readdirSync(join(dataFolder, 'orders-0')).includes('failed-sync'))
    } finally {
      fault.remove()
      rmSync(dataFolder, { recursive: true, force: true })
    }
  })
}
