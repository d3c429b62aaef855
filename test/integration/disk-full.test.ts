/**
 * Fills a real disk under a whole broker: what does not fit is refused with Kafka's error, what is
 * there can be read, and when there is space again, the same broker goes on.
 */

import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { closeSync, openSync, statfsSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { verifyLog } from '../../src/log/verify/verify.ts'
import { errorCodes } from '../../src/protocol/error-codes.ts'
import { fetch } from '../../src/protocol/fetch.ts'
import { produce } from '../../src/protocol/produce.ts'
import { createTopics } from '../../src/protocol/create-topics.ts'
import { decodeBatches } from '../../src/record/batch-reader.ts'
import { ManualClock } from '../../src/runtime/manual-clock.ts'
import { NodeStorage } from '../../src/storage/node-storage.ts'
import { batchOf, BrokerHarness, settle } from '../support/broker-harness.ts'
import { mountSmallDisk, noSmallDisk, type FileSystem } from '../support/small-disk.ts'

const kibibyte = 1024
const batchBytes = 40 * kibibyte
const ballastBytes = 1024 * kibibyte

/** Produces one batch; returns Kafka's code of what went wrong. */
async function send(harness: BrokerHarness, partition: number): Promise<number> {
  const records = batchOf(['x'.repeat(batchBytes)])
  const topicData = [{ name: 'orders', partitionData: [{ index: partition, records }] }]
  const answer = await harness.request(produce, 9, { acks: -1, timeoutMs: 1000, topicData })
  return answer.responses[0]!.partitionResponses[0]!.errorCode
}

async function recordCount(
  harness: BrokerHarness,
  topicId: string,
  partition: number,
): Promise<number> {
  let offset = 0
  for (;;) {
    const { responses } = await harness.request(fetch, 13, {
      maxWaitMs: 0,
      minBytes: 0,
      topics: [
        { topicId, partitions: [{ partition, fetchOffset: offset, partitionMaxBytes: 300_000 }] },
      ],
    })
    const found = responses[0]!.partitions[0]!
    assert.equal(found.errorCode, 0)
    const batches = [...decodeBatches(found.records ?? new Uint8Array(0))]
    if (batches.length === 0) return offset
    offset = batches.at(-1)!.header.lastOffset + 1
  }
}

/** Sends to both partitions until neither takes any more. */
async function fill(harness: BrokerHarness, acknowledged: number[]): Promise<void> {
  const isFull = [false, false]
  for (let count = 0; isFull.includes(false); count++) {
    assert.ok(count < 1000, 'the disk is never full')
    const partition = count % 2
    const errorCode = await send(harness, partition)
    if (errorCode === 0) acknowledged[partition]!++
    else assert.equal(errorCode, errorCodes.KAFKA_STORAGE_ERROR)
    isFull[partition] = errorCode !== 0
  }
}

/** Space that is left, in bytes. */
function freeBytes(folder: string): number {
  const { bavail, bsize } = statfsSync(folder)
  return bavail * bsize
}

test('a topic that is deleted frees the disk', { skip: noSmallDisk('ext4') }, async () => {
  const disk = mountSmallDisk('ext4', 32 << 20)
  try {
    const storage = new NodeStorage(join(disk.folder, 'data'))
    const harness = new BrokerHarness({ storage })
    const before = freeBytes(disk.folder)
    const topicId = await harness.createTopic('orders', { partitions: 2 })
    // Large enough to be freed behind the event loop, and read so that the files are open.
    for (let count = 0; count < 450; count++) assert.equal(await send(harness, 0), 0)
    assert.equal(await recordCount(harness, topicId, 0), 450)
    assert.ok(before - freeBytes(disk.folder) > 450 * batchBytes)
    await harness.deleteTopic('orders')
    await storage.whenRemoved()
    await harness.broker.close()
    // The system keeps a file that is gone for as long as it is still writing it.
    execFileSync('sync', ['--file-system', disk.folder])
    assert.ok(before - freeBytes(disk.folder) < 10 * batchBytes)
  } finally {
    disk.unmount()
  }
})

const sizes: Readonly<Record<FileSystem, number>> = { tmpfs: 4 << 20, ext4: 6 << 20 }

/** Writes into a file until there is not a byte left. */
function fillToTheBrim(path: string): void {
  const file = openSync(path, 'w')
  try {
    for (let size = 64 * kibibyte; size >= 1;) {
      try {
        writeSync(file, new Uint8Array(size))
      } catch {
        size = Math.floor(size / 2)
      }
    }
  } finally {
    closeSync(file)
  }
}

for (const kind of ['tmpfs', 'ext4'] as const) {
  test(
    `a folder opens on a full disk (${kind}) after its broker was killed`,
    { skip: noSmallDisk(kind) },
    () => {
      const disk = mountSmallDisk(kind, sizes[kind])
      try {
        const gone = spawnSync(process.execPath, ['-e', '']).pid
        writeFileSync(join(disk.folder, '.lock'), `${gone}\n\n`)
        fillToTheBrim(join(disk.folder, 'brim'))
        new NodeStorage(disk.folder).close()
      } finally {
        disk.unmount()
      }
    },
  )
}

for (const kind of ['tmpfs', 'ext4'] as const) {
  test(
    `retention makes space on a full disk (${kind}), to the last byte`,
    { skip: noSmallDisk(kind) },
    async () => {
      const disk = mountSmallDisk(kind, sizes[kind])
      try {
        const clock = new ManualClock()
        const storage = new NodeStorage(join(disk.folder, 'data'))
        const broker = { retentionCheckMs: 1000 }
        const harness = new BrokerHarness({ storage, clock, broker })
        const segmentBytes = 10 * batchBytes
        const configs = {
          'segment.bytes': String(segmentBytes),
          'retention.bytes': String(segmentBytes),
          'retention.ms': '-1',
        }
        await harness.createTopic('orders', { partitions: 2, configs })
        await fill(harness, [0, 0])
        fillToTheBrim(join(disk.folder, 'brim'))
        assert.equal(await send(harness, 0), errorCodes.KAFKA_STORAGE_ERROR)
        const before = freeBytes(disk.folder)
        clock.advance(1000)
        await harness.broker.whenReady()
        for (let turn = 0; freeBytes(disk.folder) < before + segmentBytes; turn++) {
          assert.ok(turn < 1000, `${freeBytes(disk.folder)} bytes are free`)
          await new Promise((resolve) => setTimeout(resolve, 5))
        }
        assert.equal(await send(harness, 0), 0)
        await harness.broker.close()
        const next = new BrokerHarness({
          storage: new NodeStorage(join(disk.folder, 'data')),
          clock,
        })
        await next.broker.whenReady()
        assert.equal(await send(next, 0), 0)
        await next.broker.close()
      } finally {
        disk.unmount()
      }
    },
  )
}

for (const kind of ['tmpfs', 'ext4'] as const) {
  test(
    `a full disk (${kind}) refuses records, and nothing else`,
    { skip: noSmallDisk(kind) },
    async () => {
      const disk = mountSmallDisk(kind, sizes[kind])
      try {
        const storage = new NodeStorage(join(disk.folder, 'data'))
        const clock = new ManualClock()
        const harness = new BrokerHarness({ storage, clock })
        const configs = { 'segment.bytes': String(10 * batchBytes) }
        const topicId = await harness.createTopic('orders', { partitions: 2, configs })
        disk.occupy(ballastBytes)
        const acknowledged = [0, 0]
        for (let round = 0; round < 2; round++) {
          await fill(harness, acknowledged)
          // Other files cannot be written either, and nothing ends because of that.
          const topics = [{ name: `new-${round}`, numPartitions: 20, replicationFactor: 1 }]
          await harness.request(createTopics, 7, { topics })
          clock.advance(10_000)
          await settle()
          for (const partition of [0, 1]) {
            assert.equal(await recordCount(harness, topicId, partition), acknowledged[partition])
          }
          assert.deepEqual(harness.failures, [])
          if (round > 0) break
          disk.free()
          for (const partition of [0, 1]) {
            assert.equal(await send(harness, partition), 0, 'there is space again')
            acknowledged[partition]!++
          }
        }
        await harness.deleteTopic('new-0').catch(() => {
          // It may not be there: its records may not have fitted.
        })
        const { broker } = harness
        await broker.close()
        const next = new BrokerHarness({
          storage: new NodeStorage(join(disk.folder, 'data')),
          clock,
        })
        await next.broker.whenReady()
        for (const partition of [0, 1]) {
          assert.equal(await recordCount(next, topicId, partition), acknowledged[partition])
        }
        await next.broker.close()
        const again = new NodeStorage(join(disk.folder, 'data'))
        for (const partition of [0, 1]) {
          const { problems } = verifyLog({ storage: again, folder: `orders-${partition}` })
          assert.deepEqual(problems, [])
        }
        again.close()
      } finally {
        disk.unmount()
      }
    },
  )
}
