/**
 * Does at random what clients, coordinators, operators and power stations do to a log, and compares
 * all that can be seen of it with a model.
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { resolveLogConfig } from '../../src/log/log-config.ts'
import type { LogConfig } from '../../src/log/log-config.ts'
import type { AppendResult } from '../../src/log/log-requests.ts'
import type { PartitionLog } from '../../src/log/partition-log.ts'
import { verifyLog } from '../../src/log/verify/verify.ts'
import { writeMarkerBatch } from '../../src/record/control-record.ts'
import { FaultStorage } from '../support/fault-storage.ts'
import { append, openTestLog, readAll, testFolder, testNowMs } from '../support/log-fixture.ts'
import { LogModel } from '../support/log-model.ts'
import type { ModelBatch } from '../support/log-model.ts'
import { seededRandom } from '../support/random.ts'
import type { SeededRandom } from '../support/random.ts'

const rounds = 60
const stepsPerRound = 150

class Rig {
  readonly #random: SeededRandom
  readonly #model = new LogModel()
  readonly #config: LogConfig
  #storage = new FaultStorage()
  #log: PartitionLog
  /** Everything below was acknowledged as durable. */
  #durable = 0
  #nextValue = 0

  constructor(random: SeededRandom) {
    this.#random = random
    const base = resolveLogConfig({ 'retention.ms': '-1', 'retention.bytes': '3000' })
    this.#config = {
      ...base,
      segmentBytes: random.pick([300, 1000, 100_000]),
      indexIntervalBytes: random.pick([0, 150, 4096]),
    }
    this.#log = this.#open({ wasCleanShutdown: false })
  }

  async step(): Promise<void> {
    const steps: readonly (() => void | Promise<void>)[] = [
      () => this.#appendPlain(),
      () => this.#appendPlain(),
      () => this.#appendSequenced(1, { isTransactional: false }),
      () => this.#appendSequenced(2, { isTransactional: true }),
      () => this.#appendSequenced(3, { isTransactional: true }),
      () => this.#repeat(),
      () => this.#leaveGap(),
      () => this.#endTransaction(),
      () => this.#awaitDurable(),
      () => this.#compareReads(),
      () => this.#compareReads(),
      () => this.#deleteRecords(),
      () => this.#enforceRetention(),
      () => this.#restart(),
    ]
    await this.#random.pick(steps)()
  }

  async finish(): Promise<void> {
    this.#compareAll()
    await this.#log.close()
    const { problems } = verifyLog({ storage: this.#storage, folder: testFolder })
    assert.deepEqual(problems, [])
  }

  #open(options: { readonly wasCleanShutdown: boolean }): PartitionLog {
    const storage = this.#storage
    return openTestLog({ storage, config: this.#config, onFailure: () => {}, ...options })
  }

  #appendPlain(): void {
    this.#append({ producerId: -1, baseSequence: -1, isTransactional: false })
  }

  #appendSequenced(producerId: number, batch: Pick<ModelBatch, 'isTransactional'>): void {
    const baseSequence = this.#model.nextSequence(producerId)
    this.#append({ producerId, baseSequence, ...batch })
  }

  #append(batch: Pick<ModelBatch, 'producerId' | 'baseSequence' | 'isTransactional'>): void {
    const count = 1 + this.#random.below(3)
    const value = (): string => `${this.#nextValue++}`.padEnd(this.#random.below(120), '.')
    const values = Array.from({ length: count }, value)
    const timestamp = testNowMs - this.#random.below(100)
    const producerEpoch = batch.producerId < 0 ? -1 : 0
    const result = append(this.#log, { ...batch, producerEpoch, values, timestamp })
    assert.equal(result.baseOffset, this.#model.endOffset)
    const { baseOffset } = result
    const records = values.map((text, at) => {
      return { offset: baseOffset + at, timestamp: timestamp + at, value: text }
    })
    this.#model.batches.push({ ...batch, baseOffset, records, marker: undefined })
  }

  /** A producer that got no answer sends one of its last batches again. */
  #repeat(): void {
    const recent = this.#model.recentBatches(1 + this.#random.below(3))
    if (recent.length === 0) return
    const batch = this.#random.pick(recent)
    const result = this.#send(batch)
    assert.equal(result.isDuplicate, true)
    assert.equal(result.baseOffset, batch.baseOffset)
    assert.equal(result.lastOffset, batch.baseOffset + batch.records.length - 1)
  }

  #leaveGap(): void {
    const batch = this.#model.recentBatches(1 + this.#random.below(3)).at(-1)
    if (!batch) return
    const baseSequence = batch.baseSequence + batch.records.length + 1 + this.#random.below(9)
    assert.throws(() => this.#send({ ...batch, baseSequence }), {
      errorName: 'OUT_OF_ORDER_SEQUENCE_NUMBER',
    })
  }

  #send({ producerId, baseSequence, isTransactional, records }: ModelBatch): AppendResult {
    const values = records.map(({ value }) => value)
    const { timestamp } = records[0]!
    const batch = { producerId, producerEpoch: 0, baseSequence, isTransactional, values, timestamp }
    return append(this.#log, batch)
  }

  #endTransaction(): void {
    const producerId = 2 + this.#random.below(2)
    const marker = this.#random.pick(['abort', 'commit'] as const)
    const bytes = writeMarkerBatch({
      result: marker,
      producerId,
      producerEpoch: 0,
      coordinatorEpoch: 0,
      timestamp: testNowMs,
    })
    const { baseOffset } = this.#log.append(bytes, { origin: 'coordinator', leaderEpoch: 0 })
    const batch = { baseOffset, producerId, baseSequence: -1, isTransactional: true }
    const records = [{ offset: baseOffset, timestamp: testNowMs, value: marker }]
    this.#model.batches.push({ ...batch, records, marker })
  }

  async #awaitDurable(): Promise<void> {
    const offset = this.#log.endOffset
    await this.#log.whenDurable(offset)
    assert.equal(this.#log.highWatermark, offset)
    this.#durable = offset
  }

  #compareReads(): void {
    const { startOffset, endOffset } = this.#log
    const from = startOffset + this.#random.below(endOffset - startOffset + 1)
    const maxBytes = this.#random.below(1000)
    const expected = this.#model.records().filter(({ offset }) => offset >= from)
    assert.deepEqual(readAll(this.#log, { from, maxBytes }), expected)
    const to = from + this.#random.below(endOffset - from + 1)
    const aborted = this.#log.abortedTransactions(from, to)
    assert.deepEqual(
      aborted.map((each) => `${each.producerId} ${each.firstOffset}-${each.lastOffset}`),
      this.#model.aborted(from, to),
    )
    const timestamp = testNowMs - this.#random.below(110)
    const found = this.#log.offsetForTimestamp(timestamp)
    assert.deepEqual(found, this.#model.offsetForTimestamp(timestamp))
  }

  async #deleteRecords(): Promise<void> {
    if (this.#random.below(4) > 0) return
    const { startOffset, highWatermark } = this.#log
    const offset = startOffset + this.#random.below(highWatermark - startOffset + 1)
    this.#model.startOffset = offset
    const deleted = this.#log.deleteRecordsBefore(offset)
    assert.equal(this.#log.startOffset, offset)
    await deleted
  }

  async #enforceRetention(): Promise<void> {
    await this.#log.enforceRetention(testNowMs)
    const { startOffset } = this.#log
    assert.ok(startOffset >= this.#model.startOffset)
    assert.ok(startOffset === this.#model.startOffset || startOffset <= this.#log.highWatermark)
    this.#model.startOffset = startOffset
  }

  async #restart(): Promise<void> {
    const how = this.#random.pick(['clean', 'kill', 'power failure'])
    if (how === 'clean') {
      await this.#log.close()
      this.#durable = this.#log.endOffset
    }
    if (how === 'kill') this.#storage = this.#storage.kill()
    if (how === 'power failure') this.#storage = this.#storage.powerFailure(this.#random)
    this.#log = this.#open({ wasCleanShutdown: how === 'clean' })
    const { endOffset } = this.#log
    assert.ok(endOffset >= this.#durable, `lost ${this.#durable - endOffset} durable offsets`)
    if (how === 'power failure') this.#model.cutAt(endOffset)
    this.#compareAll()
  }

  #compareAll(): void {
    assert.equal(this.#log.startOffset, this.#model.startOffset)
    assert.equal(this.#log.endOffset, this.#model.endOffset)
    assert.deepEqual(readAll(this.#log), this.#model.records())
    const { highWatermark } = this.#log
    assert.equal(this.#log.lastStableOffset, this.#model.lastStableOffset(highWatermark))
  }
}

test('a log does what the model does, whatever happens to it', async (t) => {
  const { seed } = seededRandom()
  for (let round = 0; round < rounds; round++) {
    const rig = new Rig(seededRandom(seed + round))
    try {
      for (let step = 0; step < stepsPerRound; step++) await rig.step()
      await rig.finish()
    } catch (error) {
      t.diagnostic(`repeat with SEED=${seed + round}`)
      throw error
    }
  }
})
