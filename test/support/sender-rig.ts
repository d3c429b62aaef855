/** A sender, and a broker whose answers to what it produces are scripted. */

import assert from 'node:assert/strict'
import type { RecordMetadata } from '../../src/client/producer/accumulator.ts'
import { resolveDelivery, type ProducerConfig } from '../../src/client/producer/producer-options.ts'
import { Sender } from '../../src/client/producer/sender.ts'
import type { Unplaced } from '../../src/client/producer/topic-queues.ts'
import { errorCodes, type ErrorName } from '../../src/protocol/error-codes.ts'
import { initProducerId } from '../../src/protocol/init-producer-id.ts'
import { produce, type ProduceRequest } from '../../src/protocol/produce.ts'
import { readRecords } from '../../src/record/batch-reader.ts'
import { readBatchHeader } from '../../src/record/batch.ts'
import { ScriptedBroker, drop, settled } from './scripted-broker.ts'

/** A batch as it arrived: `partition:producer/sequence values`. */
function describeBatch(index: number, records: Uint8Array): string {
  const header = readBatchHeader(records)
  const read = readRecords(records, header)
  assert.ok(Array.isArray(read))
  const values = read.map(({ value }) => new TextDecoder().decode(value!))
  return `${index}:${header.producerId}/${header.baseSequence} ${values.join(' ')}`
}

type Behaviour = ErrorName | typeof drop | 'silence' | undefined

export class SenderRig {
  readonly broker = new ScriptedBroker()
  /** Each batch that arrived. */
  readonly arrived: string[] = []
  /** What becomes of the requests to come; then all succeed. */
  readonly script: Behaviour[] = []
  readonly cluster = this.broker.cluster({ retries: 3 })
  readonly sender: Sender
  #nextOffset = 100
  #producerId = 6
  /** Answers that are held back. */
  held: (() => void)[] | undefined

  constructor(config: ProducerConfig = {}, partitions = 2) {
    this.broker
      .withTopics({ orders: partitions })
      .on(initProducerId, () => ({
        errorCode: 0,
        producerId: ++this.#producerId,
        producerEpoch: 0,
      }))
      .on(produce, (request) => this.#produce(request))
    const delivery = resolveDelivery(config, { timeoutMs: 30_000, retries: 3 })
    this.sender = new Sender(this.cluster, delivery)
  }

  async #produce({ topicData }: ProduceRequest) {
    const [topic] = topicData
    for (const { index, records } of topic!.partitionData) {
      this.arrived.push(describeBatch(index, records!))
    }
    const behaviour = this.script.shift()
    const held = this.held
    if (held) await new Promise<void>((resolve) => held.push(resolve))
    if (behaviour === 'silence') return undefined
    if (behaviour === drop) return drop
    const partitionResponses = topic!.partitionData.map(({ index }) => ({
      index,
      errorCode: errorCodes[behaviour ?? 'NONE'],
      baseOffset: behaviour ? -1 : (this.#nextOffset += 100),
    }))
    return { responses: [{ name: topic!.name, partitionResponses }] }
  }

  send(value: string, partition = 0): Promise<RecordMetadata> {
    return this.add({ value, partition })
  }

  /** Sends a record, one without a key where `record` says nothing else. */
  add(record: Partial<Unplaced>): Promise<RecordMetadata> {
    return new Promise((stored, failed) => {
      const choice = { key: null, partition: undefined, partitioner: undefined }
      const asker = { signal: undefined, stored, failed }
      this.sender.add('orders', {
        ...choice,
        value: null,
        timestamp: 1,
        asker,
        index: 0,
        ...record,
      })
    })
  }

  /** Sends `values`, each in a request of its own, without waiting for answers. */
  async sendEach(...values: string[]): Promise<Promise<RecordMetadata>[]> {
    const sent: Promise<RecordMetadata>[] = []
    for (const value of values) {
      const promise = this.send(value)
      promise.catch(() => undefined)
      sent.push(promise)
      void this.sender.flush()
      await settled()
    }
    return sent
  }

  /** Lets time pass until nothing is waiting for it any more. */
  async pass(durationMs = 5000): Promise<void> {
    for (let passed = 0; passed < durationMs; passed += 50) {
      await settled()
      this.broker.clock.advance(50)
    }
    await settled()
  }
}
