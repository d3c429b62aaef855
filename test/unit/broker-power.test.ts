/**
 * Cuts the power of a broker at any moment, again and again, and looks whether what it had answered
 * is still so: topics with their ids, partitions and configs, records at their offsets, and
 * producer ids that nobody gets twice.
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createPartitions } from '../../src/protocol/create-partitions.ts'
import { createTopics } from '../../src/protocol/create-topics.ts'
import { deleteTopics } from '../../src/protocol/delete-topics.ts'
import { describeConfigs } from '../../src/protocol/describe-configs.ts'
import { fetch } from '../../src/protocol/fetch.ts'
import { incrementalAlterConfigs } from '../../src/protocol/incremental-alter-configs.ts'
import { initProducerId } from '../../src/protocol/init-producer-id.ts'
import { metadata } from '../../src/protocol/metadata.ts'
import { produce } from '../../src/protocol/produce.ts'
import { decodeBatches, readRecords } from '../../src/record/batch-reader.ts'
import { batchOf, BrokerHarness, settle } from '../support/broker-harness.ts'
import { FaultStorage } from '../support/fault-storage.ts'
import { seededRandom, type SeededRandom } from '../support/random.ts'

/** What is known of a topic from the answers. While a request is open, either outcome is right. */
interface KnownTopic {
  readonly id: string
  partitions: number
  /** Partitions there may be, if a request is open. */
  mayHave: number
  retentions: Set<string>
  mayBeDeleted: boolean
  /** Acknowledged values, by `partition@offset`. */
  readonly values: Map<string, string>
}

const names = ['a', 'b', 'c'] as const

class History {
  readonly random: SeededRandom
  readonly topics = new Map<string, KnownTopic>()
  readonly producerIds = new Set<number>()
  /** Names of topics that were asked for, without an answer yet. */
  readonly #beingCreated = new Set<string>()
  #valueCount = 0

  constructor(random: SeededRandom) {
    this.random = random
  }

  /** Does one random thing, and notes its outcome once the answer is there. */
  async step(harness: BrokerHarness): Promise<void> {
    const name = this.random.pick(names)
    const known = this.topics.get(name)
    const choice = this.random.below(10)
    if (!known) return this.#create(harness, name)
    if (choice === 0) return this.#delete(harness, name, known)
    if (choice === 1) return this.#grow(harness, name, known)
    if (choice === 2) return this.#configure(harness, name, known)
    if (choice === 3) return this.#takeProducerId(harness)
    if (choice === 4) return noteRecoveryPoints(harness)
    return this.#produce(harness, name, known)
  }

  async #create(harness: BrokerHarness, name: string): Promise<void> {
    const configs = [{ name: 'retention.ms', value: '100' }]
    const topic = { name, numPartitions: 2, replicationFactor: 1, configs }
    this.#beingCreated.add(name)
    const { topics } = await harness.request(createTopics, 7, { topics: [topic] })
    const { errorCode, topicId: id } = topics[0]!
    assert.equal(errorCode, 0)
    this.#beingCreated.delete(name)
    const retentions = new Set(['100'])
    const state = { id, partitions: 2, mayHave: 2, retentions, mayBeDeleted: false }
    this.topics.set(name, { ...state, values: new Map() })
  }

  async #delete(harness: BrokerHarness, name: string, known: KnownTopic): Promise<void> {
    known.mayBeDeleted = true
    const topics = [{ name: null, topicId: known.id }]
    const { responses } = await harness.request(deleteTopics, 6, { topics, timeoutMs: 1000 })
    assert.equal(responses[0]!.errorCode, 0)
    this.topics.delete(name)
  }

  async #grow(harness: BrokerHarness, name: string, known: KnownTopic): Promise<void> {
    known.mayHave = known.partitions + 1
    const topics = [{ name, count: known.mayHave, assignments: null }]
    const request = { topics, timeoutMs: 1000, validateOnly: false }
    const { results } = await harness.request(createPartitions, 3, request)
    assert.equal(results[0]!.errorCode, 0)
    known.partitions = known.mayHave
  }

  async #configure(harness: BrokerHarness, name: string, known: KnownTopic): Promise<void> {
    const value = String(100 + this.random.below(1000))
    known.retentions.add(value)
    const configs = [{ name: 'retention.ms', configOperation: 0, value }]
    const resources = [{ resourceType: 2, resourceName: name, configs }]
    const request = { resources, validateOnly: false }
    const { responses } = await harness.request(incrementalAlterConfigs, 1, request)
    assert.equal(responses[0]!.errorCode, 0)
    known.retentions = new Set([value])
  }

  async #takeProducerId(harness: BrokerHarness): Promise<void> {
    const request = { transactionalId: null, transactionTimeoutMs: 1000 }
    const { producerId } = await harness.request(initProducerId, 4, request)
    assert.ok(!this.producerIds.has(producerId), `producer id ${producerId} was given before`)
    this.producerIds.add(producerId)
  }

  async #produce(harness: BrokerHarness, name: string, known: KnownTopic): Promise<void> {
    const index = this.random.below(known.partitions)
    const value = `value ${this.#valueCount++}`
    const partitionData = [{ index, records: batchOf([value]) }]
    const request = { acks: -1, timeoutMs: 1000, topicData: [{ name, partitionData }] }
    const { responses } = await harness.request(produce, 9, request)
    const { errorCode, baseOffset } = responses[0]!.partitionResponses[0]!
    if (errorCode === 0) known.values.set(`${index}@${baseOffset}`, value)
  }

  /** Compares what the broker says with what it said before. */
  async check(harness: BrokerHarness): Promise<void> {
    for (const name of names) {
      const known = this.topics.get(name)
      const request = { topics: [{ name }], allowAutoTopicCreation: false }
      const { topics } = await harness.request(metadata, 12, request)
      const { errorCode, topicId, partitions } = topics[0]!
      if (errorCode !== 0) {
        assert.ok(!known || known.mayBeDeleted, `topic ${name} is lost`)
        this.topics.delete(name)
      } else if (known && !known.mayBeDeleted) {
        assert.equal(topicId, known.id, `id of ${name}`)
        assert.ok([known.partitions, known.mayHave].includes(partitions.length), `size of ${name}`)
        known.partitions = partitions.length
        await this.#checkRecords(harness, name, known)
      } else {
        assert.ok(known || this.#beingCreated.has(name), `topic ${name} has come back`)
        // Half created or half deleted: either was right, and now it is to be one of them.
        const id = { topicId, name: null }
        await harness.request(deleteTopics, 6, { topics: [id], timeoutMs: 1000 })
        this.topics.delete(name)
      }
      this.#beingCreated.delete(name)
    }
  }

  async #checkRecords(harness: BrokerHarness, name: string, known: KnownTopic): Promise<void> {
    const resources = [{ resourceType: 2, resourceName: name, configurationKeys: ['retention.ms'] }]
    const { results } = await harness.request(describeConfigs, 4, { resources })
    const retention = results[0]!.configs[0]!.value!
    assert.ok(known.retentions.has(retention), `config of ${name}`)
    known.retentions = new Set([retention])
    const partitions = Array.from({ length: known.partitions }, (_, partition) => {
      return { partition, fetchOffset: 0, partitionMaxBytes: 1e6 }
    })
    const wanted = { maxWaitMs: 0, minBytes: 0, topics: [{ topic: name, partitions }] }
    const { responses } = await harness.request(fetch, 11, wanted)
    const found = new Map<string, string>()
    for (const { partitionIndex, records } of responses[0]!.partitions) {
      for (const { bytes, header } of decodeBatches(records!)) {
        const read = readRecords(bytes, header) as { offset: number; value: Uint8Array }[]
        for (const { offset, value } of read) {
          found.set(`${partitionIndex}@${offset}`, Buffer.from(value).toString())
        }
      }
    }
    for (const [place, value] of known.values) assert.equal(found.get(place), value, place)
  }
}

/** Lets the broker note how far its logs are on the disk. */
async function noteRecoveryPoints(harness: BrokerHarness): Promise<void> {
  harness.clock.advance(5000)
  await settle()
}

test('what a broker has answered outlives a power failure at any moment', async () => {
  const random = seededRandom()
  const history = new History(random)
  let storage = new FaultStorage()
  for (let round = 0; round < 40; round++) {
    const what = `round ${round}, SEED=${random.seed}`
    const harness = new BrokerHarness({ storage, random })
    try {
      await harness.broker.whenReady()
      await history.check(harness)
      for (let count = random.below(30); count > 0; count--) await history.step(harness)
    } catch (cause) {
      throw new Error(what, { cause })
    }
    const open = history.step(harness).catch(() => {
      // The power was cut before it was answered.
    })
    for (let count = random.below(4); count > 0; count--) await Promise.resolve()
    if (random.below(2) === 0) await settle()
    storage = storage.powerFailure(random)
    await open
  }
})

for (const flush of ['ack', 'os'] as const) {
  test(`a power failure amid a deletion leaves the topic whole, or none (flush: ${flush})`, async () => {
    const random = seededRandom()
    for (let round = 0; round < 100; round++) {
      const what = `round ${round}, SEED=${random.seed}`
      const storage = new FaultStorage()
      const options = { random, broker: { flush } }
      const harness = new BrokerHarness({ storage, ...options })
      await harness.broker.whenReady()
      await harness.createTopic('a', { partitions: 2 })
      for (const partition of [0, 1]) await harness.send('a', partition, batchOf(['x', 'y']))
      await harness.restart()
      await harness.broker.whenReady()
      await noteRecoveryPoints(harness)
      const deleted = harness.deleteTopic('a')
      deleted.catch(ignoreThePowerCut)
      for (let turns = random.below(15); turns > 0; turns--) await Promise.resolve()
      if (random.below(3) === 0) await settle()
      // Somebody may want the name at once.
      if (random.below(3) === 0) harness.createTopic('a').catch(ignoreThePowerCut)
      const left = storage.powerFailure(random)
      const next = new BrokerHarness({ storage: left, ...options })
      await next.broker.whenReady().catch((cause: unknown) => {
        throw new Error(what, { cause })
      })
      const a = next.broker.describeTopics().find(({ name }) => name === 'a')
      assert.ok([undefined, 0, 4].includes(a?.recordCount), `${a?.recordCount} records, ${what}`)
    }
  })
}

function ignoreThePowerCut(): void {}
