import assert from 'node:assert/strict'
import { test } from 'node:test'
import { batchOf, BrokerHarness, settle } from '../../test/support/broker-harness.ts'
import { createPartitions } from '../protocol/create-partitions.ts'
import { createTopics } from '../protocol/create-topics.ts'
import { deleteTopics } from '../protocol/delete-topics.ts'
import { errorCodes } from '../protocol/error-codes.ts'
import { metadata } from '../protocol/metadata.ts'
import { ManualClock } from '../runtime/manual-clock.ts'
import { MemoryStorage } from '../storage/memory-storage.ts'
import type { Storage } from '../storage/storage.ts'

/** A clock that shows another millisecond whenever somebody looks: all work takes its time. */
class BusyClock extends ManualClock {
  #looks = 0

  override monotonic(): number {
    return super.monotonic() + this.#looks++
  }

  /** Lets those go on who gave way, and those after them, until nobody does any more. */
  async letGo(): Promise<void> {
    for (let turns = 0; turns < 100; turns++) {
      this.advance(0)
      await settle()
    }
  }
}

const clock = new BusyClock()

/** Folders of partitions of topic `big`. */
function madeCount(storage: Storage): number {
  return storage.list('').filter((name) => /^big-\d+$/.test(name)).length
}

async function codeOfCreate(harness: BrokerHarness, name: string, numPartitions: number) {
  const wanted = { name, numPartitions, replicationFactor: -1 }
  const { topics } = await harness.request(createTopics, 7, { topics: [wanted] })
  return topics[0]!.errorCode
}

async function codeOfAdd(harness: BrokerHarness, count: number): Promise<number> {
  const topics = [{ name: 'big', count, assignments: null }]
  const { results } = await harness.request(createPartitions, 3, { topics, timeoutMs: 1000 })
  return results[0]!.errorCode
}

async function codeOfDelete(harness: BrokerHarness): Promise<number> {
  const topics = [{ name: 'big' }]
  const { responses } = await harness.request(deleteTopics, 6, { topics, timeoutMs: 1000 })
  return responses[0]!.errorCode
}

/** Returns how many partitions `big` has for those who ask; a text where there is none to see. */
async function seen(harness: BrokerHarness): Promise<number | string> {
  const request = { topics: [{ name: 'big' }], allowAutoTopicCreation: true }
  const { topics } = await harness.request(metadata, 12, request)
  const { errorCode, partitions } = topics[0]!
  return errorCode === errorCodes.NONE ? partitions.length : `error ${errorCode}`
}

const notThere = `error ${errorCodes.UNKNOWN_TOPIC_OR_PARTITION}`

test('others have their turn while a large topic is made, and see nothing of it', async () => {
  const storage = new MemoryStorage()
  const harness = new BrokerHarness({ storage, clock })
  await harness.createTopic('small')
  const created = codeOfCreate(harness, 'big', 300)
  await settle()
  assert.ok(madeCount(storage) > 0 && madeCount(storage) < 100, `${madeCount(storage)} at once`)
  assert.equal(await seen(harness), notThere)
  assert.equal(await codeOfCreate(harness, 'big', 1), errorCodes.TOPIC_ALREADY_EXISTS)
  await clock.letGo()
  assert.equal(await created, errorCodes.NONE)
  assert.equal(await seen(harness), 300)
  await harness.send('big', 299, batchOf(['a']))
  await harness.restart()
  assert.equal(await seen(harness), 300)
  await harness.broker.close()
})

test('a topic of which a part was made when the broker closed is gone with the next', async () => {
  const storage = new MemoryStorage()
  const harness = new BrokerHarness({ storage, clock })
  await harness.createTopic('small')
  const created = codeOfCreate(harness, 'big', 300)
  await settle()
  const closed = harness.broker.close()
  await clock.letGo()
  await closed
  assert.notEqual(await created, errorCodes.NONE)
  const left = madeCount(storage)
  assert.ok(left > 0 && left < 300)
  const next = new BrokerHarness({ storage, clock })
  await settle()
  assert.equal(madeCount(storage), 0)
  const again = codeOfCreate(next, 'big', 40)
  await clock.letGo()
  assert.equal(await again, errorCodes.NONE)
  await next.broker.close()
})

test('partitions that are added wait for each other, and go with their topic', async () => {
  const storage = new MemoryStorage()
  const harness = new BrokerHarness({ storage, clock })
  assert.equal(await codeOfCreate(harness, 'big', 2), errorCodes.NONE)
  const added = codeOfAdd(harness, 200)
  const less = codeOfAdd(harness, 100)
  await settle()
  assert.equal(await seen(harness), 2)
  await clock.letGo()
  assert.equal(await added, errorCodes.NONE)
  assert.equal(await less, errorCodes.INVALID_PARTITIONS)
  assert.equal(await seen(harness), 200)

  const late = codeOfAdd(harness, 400)
  await settle()
  const deleted = codeOfDelete(harness)
  await settle()
  const again = codeOfCreate(harness, 'big', 3)
  await settle()
  await clock.letGo()
  assert.equal(await deleted, errorCodes.NONE)
  assert.equal(await again, errorCodes.NONE)
  assert.equal(await late, errorCodes.UNKNOWN_TOPIC_OR_PARTITION)
  await settle()
  assert.equal(await seen(harness), 3)
  assert.equal(madeCount(storage), 3)
  await harness.restart()
  assert.equal(await seen(harness), 3)
  await harness.broker.close()
})

test('partitions that were being added when the broker closed are gone with the next', async () => {
  const storage = new MemoryStorage()
  const harness = new BrokerHarness({ storage, clock })
  assert.equal(await codeOfCreate(harness, 'big', 2), errorCodes.NONE)
  const added = codeOfAdd(harness, 200)
  await settle()
  const closed = harness.broker.close()
  await clock.letGo()
  await closed
  assert.notEqual(await added, errorCodes.NONE)
  assert.ok(madeCount(storage) > 2)
  const next = new BrokerHarness({ storage, clock })
  await settle()
  assert.equal(madeCount(storage), 2)
  assert.equal(await seen(next), 2)
  await next.broker.close()
})
