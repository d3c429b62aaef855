/**
 * The `<offset>.snapshot` file: what was known of producers when the log ended at that offset, so
 * that they need not be found again in the whole log. The first part is Kafka's version 1, all
 * big-endian:
 *
 *     version int16, crc uint32 (CRC-32C of all that follows), count int32, then of each producer
 *     id int64, epoch int16, lastSequence int32, lastOffset int64, offsetDelta int32,
 *     timestamp int64, coordinatorEpoch int32, transactionFirstOffset int64
 *
 * Kafka's reader stops there. What follows is ours, under the same CRC: of each producer, in the
 * same order, the time of its last append (int64) and all its recent batches (count int8; first and
 * last sequence int32, base offset, last offset and timestamp int64), since after a restart a
 * producer may repeat each of the five; the leader epochs (count int32; epoch int32, start offset
 * int64); and the checksums of the index files of the segment that ends at the offset (three
 * uint32), by which they are known to be whole.
 */

import { ByteReader, MalformedBytesError } from '../../bytes/reader.ts'
import { ByteWriter } from '../../bytes/writer.ts'
import { crc32c } from '../../record/crc32c.ts'
import type { LeaderEpoch } from '../leader-epochs.ts'
import type { Producer, RecentBatch } from './producer-state.ts'

const version = 1
const crcPosition = 2
const entriesPosition = 6
const noBatch: RecentBatch = {
  firstSequence: -1,
  lastSequence: -1,
  baseOffset: -1,
  lastOffset: -1,
  timestamp: -1,
}

/** CRC-32C of the index files of a segment; 0 for one that is empty or missing. */
export interface IndexChecksums {
  readonly index: number
  readonly timeIndex: number
  readonly transactionIndex: number
}

export interface ProducerSnapshot {
  readonly producers: Iterable<readonly [producerId: number, producer: Producer]>
  /** What only we write: `undefined` in a file of Kafka. */
  readonly own: SnapshotExtension | undefined
}

export interface SnapshotExtension {
  readonly epochs: readonly LeaderEpoch[]
  readonly checksums: IndexChecksums
}

export function encodeProducerSnapshot(
  producers: ReadonlyMap<number, Readonly<Producer>>,
  { epochs, checksums }: SnapshotExtension,
): Uint8Array {
  const writer = new ByteWriter(64 + producers.size * 256)
  writer.int16(version)
  writer.int32(0)
  writer.int32(producers.size)
  for (const [producerId, producer] of producers) writeEntry(writer, producerId, producer)
  for (const producer of producers.values()) writeBatches(writer, producer)
  writer.int32(epochs.length)
  for (const { epoch, startOffset } of epochs) {
    writer.int32(epoch)
    writer.int64(startOffset)
  }
  writer.int32(checksums.index)
  writer.int32(checksums.timeIndex)
  writer.int32(checksums.transactionIndex)
  const bytes = writer.finish()
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  view.setInt32(crcPosition, crc32c(bytes, entriesPosition))
  return bytes
}

function writeEntry(writer: ByteWriter, producerId: number, producer: Readonly<Producer>): void {
  const last = producer.batches.at(-1) ?? noBatch
  writer.int64(producerId)
  writer.int16(producer.epoch)
  writer.int32(last.lastSequence)
  writer.int64(last.lastOffset)
  writer.int32(last.lastOffset - last.baseOffset)
  writer.int64(last.timestamp)
  writer.int32(producer.coordinatorEpoch)
  writer.int64(producer.transactionFirstOffset)
}

function writeBatches(writer: ByteWriter, producer: Readonly<Producer>): void {
  writer.int64(producer.seenAtMs)
  writer.int8(producer.batches.length)
  for (const batch of producer.batches) {
    writer.int32(batch.firstSequence)
    writer.int32(batch.lastSequence)
    writer.int64(batch.baseOffset)
    writer.int64(batch.lastOffset)
    writer.int64(batch.timestamp)
  }
}

/** Returns what a snapshot holds, or `undefined` where it is damaged. */
export function decodeProducerSnapshot(bytes: Uint8Array): ProducerSnapshot | undefined {
  try {
    const reader = new ByteReader(bytes)
    if (reader.int16() !== version) return undefined
    if (reader.uint32() !== crc32c(bytes, entriesPosition)) return undefined
    return readSnapshot(reader)
  } catch (error) {
    // Too short for what it claims: as good as a wrong checksum.
    if (error instanceof MalformedBytesError) return undefined
    throw error
  }
}

function readSnapshot(reader: ByteReader): ProducerSnapshot {
  const count = reader.int32()
  const producers: [number, Producer][] = []
  for (let index = 0; index < count; index++) producers.push(readEntry(reader))
  if (reader.remaining === 0) return { producers, own: undefined }
  for (const [, producer] of producers) readBatches(reader, producer)
  const epochs: LeaderEpoch[] = []
  for (let left = reader.int32(); left > 0; left--) {
    epochs.push({ epoch: reader.int32(), startOffset: reader.int64() })
  }
  const checksums = {
    index: reader.uint32(),
    timeIndex: reader.uint32(),
    transactionIndex: reader.uint32(),
  }
  return { producers, own: { epochs, checksums } }
}

function readEntry(reader: ByteReader): [number, Producer] {
  const producerId = reader.int64()
  const epoch = reader.int16()
  const lastSequence = reader.int32()
  const lastOffset = reader.int64()
  const offsetDelta = reader.int32()
  const timestamp = reader.int64()
  const coordinatorEpoch = reader.int32()
  const transactionFirstOffset = reader.int64()
  const batch: RecentBatch = {
    firstSequence: lastSequence < 0 ? -1 : (lastSequence - offsetDelta) & 0x7fff_ffff,
    lastSequence,
    baseOffset: lastOffset - offsetDelta,
    lastOffset,
    timestamp,
  }
  const batches = lastOffset < 0 ? [] : [batch]
  return [
    producerId,
    { epoch, coordinatorEpoch, transactionFirstOffset, seenAtMs: timestamp, batches },
  ]
}

function readBatches(reader: ByteReader, producer: Producer): void {
  producer.seenAtMs = reader.int64()
  producer.batches = []
  for (let count = reader.int8(); count > 0; count--) {
    producer.batches.push({
      firstSequence: reader.int32(),
      lastSequence: reader.int32(),
      baseOffset: reader.int64(),
      lastOffset: reader.int64(),
      timestamp: reader.int64(),
    })
  }
}
