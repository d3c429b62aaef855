import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualClock } from '../../src/runtime/manual-clock.ts'
import { fetch } from '../../src/protocol/fetch.ts'
import { listOffsets } from '../../src/protocol/list-offsets.ts'
import { errorCodes } from '../../src/protocol/error-codes.ts'
import { batchOf, BrokerHarness, settle } from '../support/broker-harness.ts'
import { seededRandom } from '../support/random.ts'
import { FaultyDisk } from './faulty-disk.ts'
import { countCalls, extents, runCase, type SweepCase } from './io-sweep.ts'

/** The full sweep is `npm run test:faults`; this takes every n-th call. */
const strides = { work: 61, 'recovery after a kill': 17, 'recovery after a power cut': 17 } as const

for (const [phase, stride] of Object.entries(strides) as [SweepCase['phase'], number][]) {
  test(`nothing acknowledged is lost when a call to the disk fails: ${phase}`, async (t) => {
    const calls = await countCalls(phase)
    for (let call = 1; call <= calls; call += stride) {
      for (const extent of extents) {
        await runCase({ call, extent, code: 'EIO', phase }).catch((error: unknown) => {
          t.diagnostic(`${phase}: call ${call} of ${calls}, ${extent}`)
          throw error
        })
      }
    }
  })
}

test('a record that cannot be read is KAFKA_STORAGE_ERROR, and the broker lives', async () => {
  const disk = new FaultyDisk()
  const harness = new BrokerHarness({ storage: disk, clock: new ManualClock() })
  await harness.createTopic('orders')
  await harness.send('orders', 0, batchOf(['value']))
  const read = async (): Promise<number[]> => {
    const partitions = [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1000 }]
    const wanted = { maxWaitMs: 0, minBytes: 0, isolationLevel: 1 }
    const topics = [{ topic: 'orders', partitions }]
    const { responses } = await harness.request(fetch, 11, { ...wanted, topics })
    const byTime = [{ partitionIndex: 0, timestamp: 1 }]
    const asked = { replicaId: -1, topics: [{ name: 'orders', partitions: byTime }] }
    const found = await harness.request(listOffsets, 7, asked)
    return [responses[0]!.partitions[0]!.errorCode, found.topics[0]!.partitions[0]!.errorCode]
  }
  disk.failWhen((_, call) => call === 'read')
  const { KAFKA_STORAGE_ERROR, NONE } = errorCodes
  assert.deepEqual(await read(), [KAFKA_STORAGE_ERROR, KAFKA_STORAGE_ERROR])
  assert.deepEqual(harness.failures, [])
  disk.failWhen(() => false)
  assert.deepEqual(await read(), [NONE, NONE])
  await harness.broker.close()
})

test('a deleted topic never comes back as a damaged one, wherever the power fails', async () => {
  for (let seed = 1; seed <= 12; seed++) {
    const disk = new FaultyDisk()
    const harness = new BrokerHarness({ storage: disk, random: seededRandom(seed) })
    await harness.createTopic('orders')
    await harness.send('orders', 0, batchOf(['value']))
    harness.clock.advance(10_000)
    for (let turn = 0; turn < 20; turn++) await settle()
    // The name is changed, and nobody knows whether that is on the disk.
    disk.failWhen((_, call) => call === 'syncFolder')
    await harness.deleteTopic('orders').catch(() => {
      // Whatever is answered, the next start must find a folder that it can open.
    })
    const { afterPowerCut } = disk.crash(seededRandom(seed))
    const next = new BrokerHarness({ storage: afterPowerCut, random: seededRandom(seed) })
    await next.broker.close()
  }
})
