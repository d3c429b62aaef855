import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ScriptedBroker, settled } from '../../../test/support/scripted-broker.ts'
import { errorCodes } from '../../protocol/error-codes.ts'
import { fetch } from '../../protocol/fetch.ts'
import { listOffsets } from '../../protocol/list-offsets.ts'
import { writeBatch } from '../../record/batch-writer.ts'
import { stampBatch } from '../../record/batch.ts'
import { Kafka } from '../kafka.ts'

/** Where the records of each partition begin and end. */
const first = 5
const end = 7

/** A topic of two partitions, of which nobody leads the second for now. */
class Rig {
  readonly broker = new ScriptedBroker()
  readonly leaders = [1, -1]
  readonly kafka: Kafka
  /** What lookups in the second partition are answered with. */
  errorCode = 0
  /** Called as places are looked up. */
  onLookUp: () => void = () => {}
  /** What was read: partition and offset. */
  readonly read: string[] = []

  constructor() {
    this.broker
      .withTopics({ numbers: this.leaders })
      .on(listOffsets, ({ topics }) => ({
        topics: topics.map(({ name, partitions }) => ({
          name,
          partitions: partitions.map(({ partitionIndex, timestamp }) => {
            this.onLookUp()
            const offset = timestamp === -2 ? first : end
            const errorCode = partitionIndex === 1 ? this.errorCode : 0
            return { partitionIndex, errorCode, offset, timestamp: -1 }
          }),
        })),
      }))
      .on(fetch, async ({ topics, maxWaitMs }) => {
        const asked = topics.flatMap(({ partitions }) => partitions)
        if (asked.every(({ fetchOffset }) => fetchOffset >= end)) {
          await new Promise<void>((resolve) => this.broker.clock.after(maxWaitMs, resolve))
        }
        return {
          responses: topics.map(({ topic, topicId, partitions }) => ({
            topic,
            topicId,
            partitions: partitions.map(({ partition, fetchOffset }) => ({
              partitionIndex: partition,
              errorCode: fetchOffset < first ? errorCodes.OFFSET_OUT_OF_RANGE : 0,
              highWatermark: end,
              records: fetchOffset < first || fetchOffset >= end ? null : recordAt(fetchOffset),
            })),
          })),
        }
      })
    this.kafka = new Kafka({ url: 'kafka://broker-1:9092' }, this.broker.platform())
  }

  /** Reads from now on, as `offset` says. */
  begin(offset: 'earliest' | 'latest') {
    const consumer = this.kafka.consumer('numbers', { offset })
    const reading = consumer.forEach(({ partition, offset }) => {
      this.read.push(`${partition}:${offset}`)
    })
    reading.catch((error: Error) => this.read.push(error.message))
    return consumer
  }

  async pass(seconds: number): Promise<void> {
    for (let step = 0; step < seconds * 10; step++) {
      await settled()
      this.broker.clock.advance(100)
    }
  }
}

function recordAt(offset: number): Uint8Array {
  const bytes = writeBatch([{ key: null, value: '1' }]) as Uint8Array
  stampBatch(bytes, 0, { baseOffset: offset, leaderEpoch: 0 })
  return bytes
}

test('a partition that nobody leads holds up no others, and is read once it is led', async () => {
  const rig = new Rig()
  rig.begin('earliest')
  await rig.pass(60)
  assert.deepEqual(rig.read, ['0:5', '0:6'])
  rig.leaders[1] = 1
  await rig.pass(5)
  assert.deepEqual(rig.read.slice(2), ['1:5', '1:6'])
  await rig.kafka.close()
})

test('where to begin is looked for until it is found, however long that fails', async () => {
  const rig = new Rig()
  rig.begin('earliest')
  await rig.pass(5)
  rig.errorCode = errorCodes.NOT_LEADER_OR_FOLLOWER
  rig.leaders[1] = 1
  await rig.pass(70)
  assert.deepEqual(rig.read, ['0:5', '0:6'])
  rig.errorCode = 0
  await rig.pass(5)
  assert.deepEqual(rig.read.slice(2), ['1:5', '1:6'])
  await rig.kafka.close()
})

test("a partition that nobody leads is begun with at its end where 'latest' says so", async () => {
  const rig = new Rig()
  const consumer = rig.begin('latest')
  await rig.pass(5)
  const positions = (): number[] => consumer.positions().map(({ position }) => position)
  assert.deepEqual(positions(), [end, -1])
  rig.leaders[1] = 1
  await rig.pass(5)
  assert.deepEqual(positions(), [end, end])
  assert.deepEqual(rig.read, [])
  await rig.kafka.close()
})

test('a partition that gets its leader during a look-up is not begun with at its end', async () => {
  const rig = new Rig()
  rig.onLookUp = () => (rig.leaders[1] = 1)
  rig.begin('earliest')
  await rig.pass(10)
  assert.deepEqual(rig.read.toSorted(), ['0:5', '0:6', '1:5', '1:6'])
  await rig.kafka.close()
})

test('a place that is sought in one partition does not have another waited for', async () => {
  const rig = new Rig()
  const consumer = rig.begin('earliest')
  await consumer.seek({ topic: 'numbers', partition: 0, offset: 6 })
  await rig.pass(40)
  assert.deepEqual(rig.read, ['0:6'])
  await rig.kafka.close()
})
