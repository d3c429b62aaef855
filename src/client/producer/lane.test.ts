import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ScriptedBroker, drop, settled } from '../../../test/support/scripted-broker.ts'
import { produce, type ProduceRequest } from '../../protocol/produce.ts'
import { KafkaError } from '../failure/errors.ts'
import { PartitionQueue, type PendingBatch } from './accumulator.ts'
import { Lane, type Outcome } from './lane.ts'
import { resolveDelivery, type ProducerConfig } from './producer-options.ts'

class Rig {
  readonly broker = new ScriptedBroker()
  readonly lane: Lane
  /** Partitions of the requests that arrived, one text each. */
  readonly arrived: string[] = []
  held: (() => void)[] | undefined
  /** Partitions that the answers leave out. */
  readonly forgotten = new Set<number>()

  constructor(config: ProducerConfig = {}) {
    this.broker.withTopics({ orders: 9 }).on(produce, (request) => this.#produce(request))
    this.lane = new Lane(
      this.broker.cluster(),
      1,
      resolveDelivery(config, { timeoutMs: 30_000, retries: 3 }),
    )
  }

  async #produce({ topicData, acks }: ProduceRequest) {
    const partitions = topicData.flatMap(({ partitionData }) => partitionData)
    this.arrived.push(partitions.map(({ index }) => index).join())
    const { held } = this
    if (held) await new Promise<void>((resolve) => held.push(resolve))
    if (acks === 0) return undefined
    const partitionResponses = partitions
      .filter(({ index }) => !this.forgotten.has(index))
      .map(({ index }) => ({ index, errorCode: 0, baseOffset: index * 10 }))
    return { responses: [{ name: 'orders', partitionResponses }] }
  }

  /** Sends one batch to each of `partitions`, whose bytes are there once `body` is. */
  async send(partitions: number[], body?: Promise<Uint8Array>): Promise<string> {
    const batches = partitions.map((partition): PendingBatch => {
      const options = { batchBytes: 100, compression: 'none', codecs: {} } as const
      const queue = new PartitionQueue('orders', partition, options)
      const asker = { signal: undefined, stored: undefined, failed() {} }
      const record = { key: null, value: 'x', timestamp: 0, asker, index: 0 }
      return queue.add(record, this.broker.clock)
    })
    const bodies = batches.map((batch) => body ?? batch.finish(undefined))
    const outcomes = await this.lane.send(batches, bodies)
    this.lane.concluded()
    return outcomes.map(describeOutcome).join()
  }
}

function describeOutcome(outcome: Outcome): string {
  if (!KafkaError.is(outcome)) return `${outcome.baseOffset}`
  return `${outcome.code}${outcome.maybeApplied ? '?' : ''}`
}

test('send() gives the place of each batch', async () => {
  const rig = new Rig()
  assert.equal(await rig.send([3, 5]), '30,50')
  assert.deepEqual(rig.arrived, ['3,5'])
  assert.equal(rig.lane.inFlight, 0)
})

test('requests leave in order, also where one waits for its bytes', async () => {
  const rig = new Rig()
  const { promise, resolve } = Promise.withResolvers<Uint8Array>()
  const sent = [rig.send([1], promise), rig.send([2]), rig.send([3])]
  await settled()
  assert.deepEqual(rig.arrived, [])
  assert.equal(rig.lane.inFlight, 3)
  resolve(new Uint8Array(100))
  assert.deepEqual(await Promise.all(sent), ['10', '20', '30'])
  assert.deepEqual(rig.arrived, ['1', '2', '3'])
})

test('what comes behind a request that could not leave does not leave either', async () => {
  const rig = new Rig()
  rig.broker.down.add('broker-1:9092')
  const sent = [rig.send([1]), rig.send([2])]
  assert.deepEqual(await Promise.all(sent), ['disconnected', 'disconnected'])
  rig.broker.down.clear()
  assert.equal(await rig.send([1]), '10')
  assert.deepEqual(rig.arrived, ['1'])
})

test('what was given before a request was lost does not leave after that', async () => {
  const rig = new Rig()
  await rig.send([1])
  rig.held = []
  const lost = rig.send([2])
  await settled()
  const { promise, resolve } = Promise.withResolvers<Uint8Array>()
  const behind = rig.send([3], promise)
  rig.held = undefined
  rig.broker.disconnect()
  assert.equal(await lost, 'disconnected?')
  // Now is the turn of the one that was lost, which is sent again first.
  resolve(new Uint8Array(100))
  assert.equal(await behind, 'disconnected')
  assert.equal(await rig.send([2]), '20')
  assert.deepEqual(rig.arrived, ['1', '2', '2'])
})

test('a batch whose answer is lost, or leaves it out, may have been stored', async () => {
  const rig = new Rig()
  rig.forgotten.add(2)
  assert.equal(await rig.send([1, 2]), '10,disconnected?')
  rig.broker.on(produce, () => drop)
  assert.equal(await rig.send([1]), 'disconnected?')
})

test('with acks 0 nothing is known', async () => {
  const rig = new Rig({ acks: 0 })
  assert.equal(await rig.send([1]), '-1')
  await settled()
  assert.deepEqual(rig.arrived, ['1'])
})

test('a request that waits for a codec has one timer, as any, on an open connection', async () => {
  const rig = new Rig()
  await rig.send([1])
  const { clock } = rig.broker
  const after = clock.after.bind(clock)
  let timerCount = 0
  clock.after = (delayMs, callback) => {
    timerCount++
    return after(delayMs, callback)
  }
  assert.equal(await rig.send([2], Promise.resolve(new Uint8Array(9))), '20')
  assert.equal(timerCount, 1)
})

test('with acks 0, nothing leaves on a new connection before its leader is looked up', async () => {
  const rig = new Rig({ acks: 0 })
  await rig.send([1])
  rig.broker.disconnect()
  await settled()
  assert.equal(await rig.send([2]), 'disconnected')
  assert.equal(await rig.send([2]), '-1')
  await settled()
  assert.deepEqual(rig.arrived, ['1', '2'])
})
