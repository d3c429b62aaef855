/**
 * A compacted log, and a list of all that was ever appended to it. After whatever happens to the
 * log, `check` says whether it still has what compaction must not take away, and nothing else.
 */

import assert from 'node:assert/strict'
import { lastOfProducers } from '../../src/log/compaction/producers.ts'
import { CompactionPace } from '../../src/log/compaction/pace.ts'
import type { CompactionResult } from '../../src/log/compaction/round.ts'
import { resolveLogConfig } from '../../src/log/log-config.ts'
import type { LogConfig } from '../../src/log/log-config.ts'
import type { PartitionLog } from '../../src/log/partition-log.ts'
import { ProducerStates } from '../../src/log/producer/producer-state.ts'
import { verifyLog } from '../../src/log/verify/verify.ts'
import { decodeBatches, readRecords } from '../../src/record/batch-reader.ts'
import type { RecordData } from '../../src/record/batch-reader.ts'
import { writeBatch } from '../../src/record/batch-writer.ts'
import type { CompressionName } from '../../src/record/compression.ts'
import { readControlRecordKey, writeMarkerBatch } from '../../src/record/control-record.ts'
import { nodeCodecs } from '../../src/record/node-compression.ts'
import type { Clock } from '../../src/runtime/runtime.ts'
import type { Storage } from '../../src/storage/storage.ts'
import type { FaultStorage } from './fault-storage.ts'
import { openTestLog, testFolder, testNowMs } from './log-fixture.ts'

export interface KeyedRecord {
  readonly key: string
  /** `null` for a tombstone. */
  readonly value: string | null
}

interface KnownRecord extends KeyedRecord {
  readonly offset: number
  readonly timestamp: number
  readonly producerId: number
  /** What became of its transaction; `none` where it has none. */
  transaction: 'none' | 'open' | 'abort' | 'commit'
  /** When a compaction has seen it first. */
  seenAtMs: number | undefined
}

export interface AppendedBatch {
  readonly records: readonly KeyedRecord[]
  readonly producerId?: number
  readonly isTransactional?: boolean
  readonly compression?: CompressionName
}

interface SentBatch {
  readonly batch: AppendedBatch
  readonly baseSequence: number
  readonly baseOffset: number
  readonly timestamp: number
}

/** What happens at each pause of a compaction. */
type OnPause = () => void

export class CompactionRig<Disk extends Storage = FaultStorage> {
  readonly records: KnownRecord[] = []
  readonly clock: Clock & { nowMs: number }
  readonly config: LogConfig
  storage: Disk
  log: PartitionLog
  compactedOffset = 0
  /** Everything below was acknowledged as durable. */
  durableOffset = 0
  startOffset = 0
  /** Of each producer, its latest so many. */
  rememberedBatches = 5
  /** Set to be called at each pause of a compaction; there are none otherwise. */
  onPause: OnPause | undefined
  #sent = new Map<number, SentBatch[]>()
  /** Up to where a compaction, finished or not, may have changed something. */
  #touchedOffset = 0

  constructor(storage: Disk, config: Readonly<Record<string, string>> = {}) {
    this.storage = storage
    this.config = {
      ...resolveLogConfig({
        'cleanup.policy': 'compact',
        'delete.retention.ms': '1000',
        'min.cleanable.dirty.ratio': '0',
        ...config,
      }),
      segmentBytes: Number(config['segment.bytes'] ?? 600),
      indexIntervalBytes: 150,
    }
    this.clock = {
      nowMs: testNowMs,
      now() {
        return this.nowMs
      },
      monotonic: () => 0,
      after: (_, callback) => {
        const timer = setImmediate(() => {
          this.onPause?.()
          callback()
        })
        return { cancel: () => clearImmediate(timer) }
      },
    }
    this.log = this.open({ wasCleanShutdown: false })
  }

  open(options: { readonly wasCleanShutdown: boolean }): PartitionLog {
    const { storage, config, clock } = this
    return openTestLog({
      ...options,
      storage,
      config,
      clock,
      codecs: nodeCodecs,
      onFailure: () => {},
    })
  }

  append(batch: AppendedBatch): void {
    const { producerId = -1 } = batch
    const recent = this.#sent.get(producerId) ?? []
    const last = recent.at(-1)
    const baseSequence = last ? last.baseSequence + last.batch.records.length : 0
    const timestamp = this.clock.nowMs
    const { baseOffset } = this.#send(batch, { baseSequence, timestamp })
    if (producerId >= 0) {
      this.#sent.set(producerId, [...recent, { batch, baseSequence, baseOffset, timestamp }])
    }
    batch.records.forEach((record, at) => {
      this.records.push({
        ...record,
        offset: baseOffset + at,
        timestamp: timestamp + at,
        producerId,
        transaction: batch.isTransactional === true ? 'open' : 'none',
        seenAtMs: undefined,
      })
    })
  }

  endTransaction(producerId: number, result: 'abort' | 'commit'): void {
    const marker = { result, producerId, producerEpoch: 0, coordinatorEpoch: 0 }
    const bytes = writeMarkerBatch({ ...marker, timestamp: this.clock.nowMs })
    this.log.append(bytes, { origin: 'coordinator', leaderEpoch: 0 })
    for (const record of this.records) {
      if (record.producerId === producerId && record.transaction === 'open') {
        record.transaction = result
      }
    }
  }

  async makeDurable(): Promise<void> {
    const { endOffset } = this.log
    await this.log.whenDurable(endOffset)
    this.durableOffset = Math.max(this.durableOffset, endOffset)
  }

  /** Runs one round; with `onPause`, there is a pause after each batch. */
  async compact(keyMemoryBytes = 65_536): Promise<CompactionResult | undefined> {
    const { clock } = this
    const { endOffset } = this.log.compaction.plan(this.compactedOffset, clock.nowMs)
    this.#touched(endOffset)
    const result = await this.log.compaction.compact({
      compactedOffset: this.compactedOffset,
      codecs: nodeCodecs,
      nowMs: clock.nowMs,
      pace: new CompactionPace({ clock, sliceMs: this.onPause ? 0 : 1 }),
      keyMemoryBytes,
    })
    // It may have gone further than it would have at first.
    this.#touched(result?.compactedOffset ?? 0)
    if (result) this.compactedOffset = result.compactedOffset
    return result
  }

  /** Opens the log as the next start does. */
  reopen(storage: Disk, options: { readonly wasCleanShutdown: boolean }): void {
    this.storage = storage
    this.log = this.open(options)
    const { endOffset } = this.log
    assert.ok(endOffset >= this.durableOffset, `${endOffset} is below ${this.durableOffset}`)
    const lost = this.records.findIndex(({ offset }) => offset >= endOffset)
    if (lost >= 0) this.records.length = lost
    for (const [producerId, sent] of this.#sent) {
      this.#sent.set(
        producerId,
        sent.filter(({ baseOffset }) => baseOffset < endOffset),
      )
    }
  }

  /** Checks all that can be seen of the log. */
  check(): void {
    assert.equal(this.log.startOffset, this.startOffset)
    const read = this.#readCommitted()
    const known = new Map(this.records.map((record) => [record.offset, record]))
    for (const { offset, timestamp, key, value } of read.values()) {
      const record = known.get(offset)
      assert.ok(record, `offset ${offset} was never written`)
      const { transaction: _, seenAtMs: __, producerId: ___, ...expected } = record
      assert.deepEqual({ offset, timestamp, key, value }, expected)
      assert.notEqual(record.transaction, 'abort', `offset ${offset} was aborted`)
    }
    for (const record of this.#mustBeThere()) {
      assert.ok(read.has(record.offset), `offset ${record.offset} of '${record.key}' is gone`)
    }
    this.#checkDuplicates()
  }

  /** Checks that nothing is left below `compactedOffset` that a later record has replaced. */
  checkCompacted(): void {
    const latest = new Map<string, number>()
    for (const { key, offset, transaction } of this.records) {
      if (offset < this.compactedOffset && transaction !== 'abort') latest.set(key, offset)
    }
    for (const { key, offset } of this.#readAll()) {
      if (offset >= this.compactedOffset) continue
      assert.equal(offset, latest.get(key), `offset ${offset} of '${key}' is still there`)
    }
  }

  verify(): void {
    const { problems } = verifyLog({
      storage: this.storage,
      folder: testFolder,
      codecs: nodeCodecs,
    })
    assert.deepEqual(problems, [])
  }

  /** What is known of producers, but for when. */
  producers(): unknown {
    const states = new ProducerStates()
    states.restore(this.log.producers as never)
    const batches = [...this.log.producers].map(([id, { epoch, batches: all }]) => [id, epoch, all])
    return [batches, [...lastOfProducers(states)]]
  }

  #touched(endOffset: number): void {
    this.#touchedOffset = Math.max(this.#touchedOffset, endOffset)
    for (const record of this.records) {
      if (record.offset < endOffset) record.seenAtMs ??= this.clock.nowMs
    }
  }

  /** Records that compaction must leave alone. */
  #mustBeThere(): KnownRecord[] {
    const latest = new Map<string, KnownRecord>()
    const { lastStableOffset } = this.log
    const decided = this.records.filter(
      ({ offset, transaction }) =>
        offset < lastStableOffset && transaction !== 'abort' && transaction !== 'open',
    )
    for (const record of decided) latest.set(record.key, record)
    return decided.filter((record) => {
      if (record.offset < this.startOffset) return false
      if (record.offset >= this.#touchedOffset) return true
      if (latest.get(record.key) !== record) return false
      if (record.value !== null) return true
      const { seenAtMs } = record
      return seenAtMs === undefined || this.clock.nowMs < seenAtMs + this.config.deleteRetentionMs
    })
  }

  /** What a consumer with `read_committed` gets, by offset. */
  #readCommitted(): Map<number, KeyedRecord & { offset: number; timestamp: number }> {
    const { startOffset, lastStableOffset } = this.log
    const aborted = this.log.abortedTransactions(startOffset, lastStableOffset)
    aborted.sort((left, right) => left.firstOffset - right.firstOffset)
    const ongoing = new Set<number>()
    const found = new Map<number, KeyedRecord & { offset: number; timestamp: number }>()
    for (const { header, records } of this.#batches('lastStable')) {
      while (aborted[0] && aborted[0].firstOffset <= header.lastOffset) {
        ongoing.add(aborted.shift()!.producerId)
      }
      if (header.isControl) {
        const [marker] = records
        if (marker && readControlRecordKey(marker.key).type === 'abort') {
          ongoing.delete(header.producerId)
        }
        continue
      }
      if (header.isTransactional && ongoing.has(header.producerId)) continue
      for (const record of records) {
        if (record.offset >= startOffset) found.set(record.offset, textOf(record))
      }
    }
    return found
  }

  #readAll(): (KeyedRecord & { offset: number })[] {
    return this.#batches('end')
      .filter(({ header }) => !header.isControl)
      .flatMap(({ records }) => records.map(textOf))
  }

  #batches(upTo: 'end' | 'lastStable') {
    const batches = []
    let offset = this.log.startOffset
    for (;;) {
      const read = this.log.read({ offset, maxBytes: 500, minOneBatch: true, upTo })
      if (read.records.length === 0) return batches
      assert.ok(read.nextOffset > offset)
      for (const { header, bytes } of decodeBatches(read.records)) {
        const records = readRecords(bytes, header, { codecs: nodeCodecs }) as RecordData[]
        batches.push({ header, records })
      }
      offset = read.nextOffset
    }
  }

  /** A producer that got no answer sends each of its last batches again. */
  #checkDuplicates(): void {
    for (const sent of this.#sent.values()) {
      for (const each of sent.slice(-this.rememberedBatches)) {
        const result = this.#send(each.batch, each)
        assert.equal(result.isDuplicate, true)
        assert.equal(result.baseOffset, each.baseOffset)
      }
    }
  }

  #send(
    { records, producerId = -1, isTransactional = false, compression = 'none' }: AppendedBatch,
    place: { readonly baseSequence: number; readonly timestamp: number },
  ): ReturnType<PartitionLog['append']> {
    const { baseSequence, timestamp } = place
    const isIdempotent = producerId >= 0
    const bytes = writeBatch(
      records.map((record, at) => ({ ...record, timestamp: timestamp + at })),
      {
        ...(isIdempotent && { producerId, producerEpoch: 0, baseSequence }),
        isTransactional,
        compression,
        codecs: nodeCodecs,
      },
    ) as Uint8Array
    return this.log.append(bytes, { origin: 'client', leaderEpoch: 0 })
  }
}

function textOf({ offset, timestamp, key, value }: RecordData) {
  const decoder = new TextDecoder()
  return {
    offset,
    timestamp,
    key: decoder.decode(key!),
    value: value && decoder.decode(value),
  }
}
