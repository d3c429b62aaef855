/**
 * One fixed workload of a broker, with all that touches the disk: topics that come and go, producers
 * of every kind, transactions, group offsets, segments that fill, deletion, retention, compaction.
 * Each step goes on whatever became of those before, and a broker that has failed is left.
 */

import { createTopics } from '../../src/protocol/create-topics.ts'
import { deleteRecords } from '../../src/protocol/delete-records.ts'
import { deleteTopics } from '../../src/protocol/delete-topics.ts'
import { initProducerId } from '../../src/protocol/init-producer-id.ts'
import { offsetCommit } from '../../src/protocol/offset-commit.ts'
import { produce } from '../../src/protocol/produce.ts'
import { batchOf, settle, type BrokerHarness } from '../support/broker-harness.ts'
import { TransactionalClient } from '../support/transactional-client.ts'
import type { Ledger } from './ledger.ts'

/** Turns of the event loop by which every answer must be there: nothing but memory is waited for. */
export const patience = { turns: 400 }
/** How often in these what waits for the clock is due: a coordinator tries again after a while. */
const waitCount = 8
const waitMs = 1000
const minuteMs = 60_000

/** Records here are of 1970, so that time is no reason to remove any. */
const segment = { 'segment.bytes': '300', 'retention.ms': '-1' }
export const topicConfigs: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  orders: segment,
  short: { ...segment, 'retention.bytes': '300' },
  latest: { ...segment, 'cleanup.policy': 'compact', 'min.cleanable.dirty.ratio': '0.01' },
  payments: segment,
  gone: segment,
}

/** A request never got an answer. */
export class HangError extends Error {
  override readonly name = 'HangError'
}

/** Resolves as `answer` does; `wait` lets time pass. @throws HangError where it does not */
export async function answered<Answer>(
  answer: Promise<Answer>,
  what: string,
  wait: () => void = () => {},
): Promise<Answer> {
  let isDone = false
  answer.then(
    () => (isDone = true),
    () => (isDone = true),
  )
  for (let turn = 1; turn <= patience.turns && !isDone; turn++) {
    await settle()
    if (turn % (patience.turns / waitCount) === 0) wait()
  }
  if (!isDone) throw new HangError(`no answer to ${what}`)
  return answer
}

export class Workload {
  readonly #harness: BrokerHarness
  readonly #ledger: Ledger
  /** Errors that answers came with. */
  readonly refusals: string[] = []
  /** Called in the middle. */
  onHalf: () => void = () => {}

  constructor(harness: BrokerHarness, ledger: Ledger) {
    this.#harness = harness
    this.#ledger = ledger
  }

  /** Runs all steps, and closes the broker where `end` says so. */
  async run(end: 'close' | 'leave'): Promise<void> {
    for (const topic of Object.keys(topicConfigs)) await this.#createTopic(topic)
    await this.#produceIdempotent()
    for (const value of ['k1', 'k2', 'k3', 'k4']) await this.#produceKeyed(value)
    await this.#produceTogether()
    await this.#transactions()
    this.onHalf()
    await this.#commitOffsets()
    // Not those of a transaction, all of which is to show.
    const isPlain = [0, 1, 2].every((at) => this.#ledger.acknowledged.has(`orders-0@${at}`))
    if (isPlain) await this.#deleteRecords('orders', 3)
    for (const value of ['s1', 's2', 's3', 's4', 's5']) await this.#produceOne('short', value)
    await this.#passTime()
    await this.#deleteTopic('gone')
    await this.#produceWritten()
    if (end === 'close') await this.#try('close', () => this.#harness.broker.close())
  }

  /** Does one step, unless the broker has told that it is to be restarted. */
  async #try(what: string, step: () => Promise<void>): Promise<void> {
    if (this.#harness.failures.length > 0) return
    try {
      await answered(step(), what, () => this.#harness.clock.advance(waitMs))
    } catch (error) {
      // Who waits for a broker that has told that it failed is answered by the end of its process.
      // The end of a transaction is decided, and is tried until the disk takes it.
      const isOver = this.#harness.failures.length > 0 || what === 'the end of a transaction'
      if (error instanceof HangError && !isOver) throw error
      this.refusals.push(nameOf(error))
    }
  }

  #refuse(errorCode: number): boolean {
    if (errorCode !== 0) this.refusals.push(String(errorCode))
    return errorCode !== 0
  }

  async #createTopic(name: string): Promise<void> {
    const { topics } = this.#ledger
    const configs = Object.entries(topicConfigs[name]!).map(([config, value]) => {
      return { name: config, value }
    })
    await this.#try(`create ${name}`, async () => {
      topics.set(name, { exists: true, outcome: 'unknown' })
      const topic = { name, numPartitions: 1, replicationFactor: 1, configs }
      const answer = await this.#harness.request(createTopics, 7, { topics: [topic] })
      if (this.#refuse(answer.topics[0]!.errorCode)) return
      topics.set(name, { exists: true, outcome: 'acknowledged' })
    })
  }

  async #deleteTopic(name: string): Promise<void> {
    const { topics } = this.#ledger
    await this.#try(`delete ${name}`, async () => {
      topics.set(name, { exists: false, outcome: 'unknown' })
      const request = { topics: [{ name }], timeoutMs: 1000 }
      const answer = await this.#harness.request(deleteTopics, 6, request)
      if (this.#refuse(answer.responses[0]!.errorCode)) return
      topics.set(name, { exists: false, outcome: 'acknowledged' })
    })
  }

  /** Returns the offset where a batch begins, or `undefined` where it was refused. */
  async #produce(
    topic: string,
    values: readonly string[],
    options: ProduceOptions = {},
  ): Promise<number | undefined> {
    const { acks = -1, key, ...rest } = options
    const { acknowledged, written } = this.#ledger
    for (const value of values) this.#ledger.noteSent(topic, value)
    const plain = key === undefined
    const contents = plain ? values : values.map((value) => ({ key, value, timestamp: 1 }))
    const records = batchOf(contents, rest)
    let found: number | undefined
    await this.#try(`produce to ${topic}`, async () => {
      const topicData = [{ name: topic, partitionData: [{ index: 0, records }] }]
      const request = { acks, timeoutMs: 1000, topicData }
      const answer = await this.#harness.request(produce, 9, request)
      const { errorCode, baseOffset } = answer.responses[0]!.partitionResponses[0]!
      if (this.#refuse(errorCode)) return
      found = baseOffset
      const known = acks === 1 ? written : acknowledged
      values.forEach((value, at) => known.set(`${topic}-0@${baseOffset + at}`, value))
    })
    return found
  }

  async #produceOne(topic: string, value: string): Promise<void> {
    await this.#produce(topic, [value.padEnd(60, '.')])
  }

  /** Sends each batch again where it was refused, as a producer does. */
  async #produceIdempotent(): Promise<void> {
    let identity = { producerId: -1, producerEpoch: -1 }
    await this.#try('a producer id', async () => {
      const request = { transactionalId: null, transactionTimeoutMs: 1000 }
      const answer = await this.#harness.request(initProducerId, 4, request)
      if (!this.#refuse(answer.errorCode)) identity = answer
    })
    const { producerId, producerEpoch } = identity
    if (producerId < 0) return
    let baseSequence = 0
    for (let batch = 0; batch < 5; batch++) {
      const values = [`i${batch}`, `j${batch}`]
      const options = { producerId, producerEpoch, baseSequence }
      const first = await this.#produce('orders', values, options)
      const offset = first ?? (await this.#produce('orders', values, options))
      if (offset !== undefined) baseSequence += values.length
    }
  }

  async #produceKeyed(value: string): Promise<void> {
    for (const key of ['x', 'y']) {
      const padded = `${key}${value}`.padEnd(60, '.')
      this.#ledger.noteKeySent(key, padded)
      const offset = await this.#produce('latest', [padded], { key })
      if (offset !== undefined) this.#ledger.noteKeyKept(key, padded)
    }
  }

  /** Requests that share a sync. */
  async #produceTogether(): Promise<void> {
    const values = ['t1', 't2', 't3', 't4']
    await Promise.all(values.map((value) => this.#produceOne('gone', value)))
  }

  async #produceWritten(): Promise<void> {
    await this.#produce('orders', ['written'], { acks: 1 })
  }

  async #transactions(): Promise<void> {
    const client = new TransactionalClient(this.#harness, 'tx', 2)
    const { transactions } = this.#ledger
    let isReady = false
    await this.#try('a transactional id', async () => {
      isReady = !this.#refuse(await client.initialise())
    })
    for (const asked of ['commit', 'abort', 'commit'] as const) {
      if (!isReady) return
      const value = `transaction ${transactions.length}`.padEnd(60, '.')
      const values = ['orders', 'payments'].map((topic) => ({ topic, value }))
      const note = (state: Omit<(typeof transactions)[number], 'values'>): void => {
        transactions[at] = { values, ...state }
      }
      const at = transactions.length
      note({ asked: undefined, outcome: 'unknown' })
      isReady = false
      let isSent = false
      await this.#try('a transaction', async () => {
        for (const { topic } of values) {
          this.#ledger.noteSent(topic, value)
          if (this.#refuse(await client.send(topic, 0, [value]))) return
        }
        isSent = true
      })
      if (!isSent) return
      await this.#try('the end of a transaction', async () => {
        note({ asked, outcome: 'unknown' })
        if (this.#refuse(await client.end(asked === 'commit'))) return
        note({ asked, outcome: 'acknowledged' })
        isReady = true
      })
    }
  }

  async #commitOffsets(): Promise<void> {
    const { commits } = this.#ledger
    for (const offset of [1, 2, 3]) {
      await this.#try('a commit', async () => {
        const at = commits.push({ offset, outcome: 'unknown' }) - 1
        const partitions = [{ partitionIndex: 0, committedOffset: offset, committedMetadata: null }]
        const topics = [{ name: 'orders', partitions }]
        const request = { groupId: 'g', memberId: '', topics }
        const answer = await this.#harness.request(offsetCommit, 8, request)
        if (this.#refuse(answer.topics[0]!.partitions[0]!.errorCode)) return
        commits[at] = { offset, outcome: 'acknowledged' }
      })
    }
  }

  async #deleteRecords(name: string, offset: number): Promise<void> {
    const known = { asked: 0, acknowledged: 0 }
    this.#ledger.deletions.set(`${name}-0`, known)
    await this.#try('deletion of records', async () => {
      known.asked = offset
      const topics = [{ name, partitions: [{ partitionIndex: 0, offset }] }]
      const answer = await this.#harness.request(deleteRecords, 2, { topics, timeoutMs: 1000 })
      if (this.#refuse(answer.topics[0]!.partitions[0]!.errorCode)) return
      known.acknowledged = offset
    })
  }

  /** Lets retention, compaction and the checkpoint have their turn. */
  async #passTime(): Promise<void> {
    for (let minute = 0; minute < 6; minute++) {
      if (this.#harness.failures.length > 0) return
      this.#harness.clock.advance(minuteMs)
      for (let turn = 0; turn < 6; turn++) await settle()
    }
  }
}

interface ProduceOptions {
  readonly acks?: -1 | 1
  readonly key?: string
  readonly producerId?: number
  readonly producerEpoch?: number
  readonly baseSequence?: number
}

function nameOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error)
}
