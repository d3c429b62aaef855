/**
 * A transactional producer as the protocol sees it, in both versions: 1, which adds partitions
 * before it writes to them, and 2 (KIP-890), whose epoch is raised by every end.
 */

import assert from 'node:assert/strict'
import { addOffsetsToTxn } from '../../src/protocol/add-offsets-to-txn.ts'
import { addPartitionsToTxn } from '../../src/protocol/add-partitions-to-txn.ts'
import { endTxn } from '../../src/protocol/end-txn.ts'
import { fetch } from '../../src/protocol/fetch.ts'
import { initProducerId } from '../../src/protocol/init-producer-id.ts'
import { offsetFetch } from '../../src/protocol/offset-fetch.ts'
import { produce } from '../../src/protocol/produce.ts'
import { txnOffsetCommit } from '../../src/protocol/txn-offset-commit.ts'
import { decodeBatches, readRecords, type RecordData } from '../../src/record/batch-reader.ts'
import { batchOf, type BrokerHarness } from './broker-harness.ts'

export class TransactionalClient {
  readonly #harness: BrokerHarness
  readonly #transactionalId: string
  readonly #version: 1 | 2
  producerId = -1
  producerEpoch = -1
  readonly #sequences = new Map<string, number>()

  constructor(harness: BrokerHarness, transactionalId: string, version: 1 | 2) {
    this.#harness = harness
    this.#transactionalId = transactionalId
    this.#version = version
  }

  /** Returns an error code. `continues` asks for a new epoch of the same producer. */
  async initialise({ continues = false, timeoutMs = 60_000 } = {}): Promise<number> {
    const { producerId, producerEpoch } = continues ? this : { producerId: -1, producerEpoch: -1 }
    const answer = await this.#harness.request(initProducerId, 5, {
      transactionalId: this.#transactionalId,
      transactionTimeoutMs: timeoutMs,
      producerId,
      producerEpoch,
    })
    if (answer.errorCode === 0) this.#goOnWith(answer)
    return answer.errorCode
  }

  /** Appends records as one batch of the transaction; returns an error code. */
  async send(topic: string, index: number, values: readonly string[]): Promise<number> {
    if (this.#version === 1) {
      const errorCode = await this.addPartition(topic, index)
      if (errorCode !== 0) return errorCode
    }
    return this.sendOnly(topic, index, values)
  }

  async addPartition(topic: string, index: number): Promise<number> {
    const answer = await this.#harness.request(addPartitionsToTxn, 3, {
      v3AndBelowTransactionalId: this.#transactionalId,
      v3AndBelowProducerId: this.producerId,
      v3AndBelowProducerEpoch: this.producerEpoch,
      v3AndBelowTopics: [{ name: topic, partitions: [index] }],
    })
    return answer.resultsByTopicV3AndBelow[0]!.resultsByPartition[0]!.partitionErrorCode
  }

  /** As `send`, without telling the coordinator first. */
  async sendOnly(topic: string, index: number, values: readonly string[]): Promise<number> {
    const { producerId, producerEpoch } = this
    const place = `${topic}-${index}`
    const baseSequence = this.#sequences.get(place) ?? 0
    const identity = { producerId, producerEpoch, baseSequence }
    const records = batchOf(values, { ...identity, isTransactional: true })
    const answer = await this.#harness.request(produce, this.#version === 2 ? 12 : 11, {
      transactionalId: this.#transactionalId,
      acks: -1,
      timeoutMs: 1000,
      topicData: [{ name: topic, partitionData: [{ index, records }] }],
    })
    const { errorCode } = answer.responses[0]!.partitionResponses[0]!
    if (errorCode === 0) this.#sequences.set(place, baseSequence + values.length)
    return errorCode
  }

  /** Commits an offset of a group as a part of the transaction; returns an error code. */
  async commitOffset(groupId: string, topic: string, offset: number): Promise<number> {
    const { producerId, producerEpoch } = this
    const identity = { transactionalId: this.#transactionalId, producerId, producerEpoch, groupId }
    if (this.#version === 1) {
      const { errorCode } = await this.#harness.request(addOffsetsToTxn, 4, identity)
      if (errorCode !== 0) return errorCode
    }
    const partitions = [{ partitionIndex: 0, committedOffset: offset, committedMetadata: null }]
    const request = { ...identity, topics: [{ name: topic, partitions }] }
    const version = this.#version === 2 ? 5 : 4
    const answer = await this.#harness.request(txnOffsetCommit, version, request)
    return answer.topics[0]!.partitions[0]!.errorCode
  }

  /** Returns an error code. With `as`, what is asked for is said to come from that epoch. */
  async end(committed: boolean, as: { producerEpoch?: number } = {}): Promise<number> {
    const { producerId, producerEpoch } = this
    const version = this.#version === 2 ? 5 : 4
    const request = { transactionalId: this.#transactionalId, producerId, producerEpoch, committed }
    const answer = await this.#harness.request(endTxn, version, { ...request, ...as })
    if (answer.errorCode === 0 && this.#version === 2) this.#goOnWith(answer)
    return answer.errorCode
  }

  #goOnWith(next: { readonly producerId: number; readonly producerEpoch: number }): void {
    const isNew = next.producerEpoch !== this.producerEpoch || next.producerId !== this.producerId
    if (isNew) this.#sequences.clear()
    this.producerId = next.producerId
    this.producerEpoch = next.producerEpoch
  }
}

/** Returns the values that a consumer with `read_committed` sees. */
export async function readCommitted(
  harness: BrokerHarness,
  topic: string,
  partition = 0,
  fromOffset = 0,
): Promise<string[]> {
  const values: string[] = []
  const aborted = new Set<number>()
  let fetchOffset = fromOffset
  for (;;) {
    const answer = await harness.request(fetch, 12, {
      maxWaitMs: 0,
      minBytes: 1,
      maxBytes: 1_000_000,
      isolationLevel: 1,
      topics: [{ topic, partitions: [{ partition, fetchOffset, partitionMaxBytes: 1_000_000 }] }],
    })
    const { records, abortedTransactions, errorCode } = answer.responses[0]!.partitions[0]!
    assert.equal(errorCode, 0)
    if (records!.length === 0) return values
    const aborting = [...(abortedTransactions ?? [])]
    for (const { header, bytes } of decodeBatches(records!)) {
      const { producerId, lastOffset, isControl, isTransactional } = header
      fetchOffset = lastOffset + 1
      for (const each of aborting) if (each.firstOffset <= lastOffset) aborted.add(each.producerId)
      if (isControl) {
        aborted.delete(producerId)
        const ended = aborting.findIndex((each) => each.producerId === producerId)
        if (ended >= 0 && aborting[ended]!.firstOffset <= lastOffset) aborting.splice(ended, 1)
      } else if (!isTransactional || !aborted.has(producerId)) {
        const decoded = readRecords(bytes, header) as RecordData[]
        values.push(...decoded.map(({ value }) => Buffer.from(value!).toString()))
      }
    }
  }
}

/** Returns what a group has committed of a topic; -1 for nothing, or the error code as text. */
export async function committedOffset(
  harness: BrokerHarness,
  groupId: string,
  topic: string,
  { requireStable = false } = {},
): Promise<number | string> {
  const groups = [{ groupId, topics: [{ name: topic, partitionIndexes: [0] }] }]
  const answer = await harness.request(offsetFetch, 9, { groups, requireStable })
  const [partition] = answer.groups[0]!.topics[0]!.partitions
  return partition!.errorCode === 0 ? partition!.committedOffset : `error ${partition!.errorCode}`
}
