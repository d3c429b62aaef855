/**
 * How other clients for Node write and read record batches, behind one interface: to check ours
 * against, and to measure ours beside.
 */

import { createRequire } from 'node:module'
import {
  CompressionType,
  Decoder as KafkatsDecoder,
  createRecordBatch,
  decodeRecordBatchFrom,
  encodeRecordBatch,
} from '@kafkats/client'
import { Reader, createRecordsBatch, readRecordsBatch } from '@platformatic/kafka'
import { compressionId, type CompressionName } from '../../src/record/compression.ts'

/** What all of them can write and read. */
export interface PlainRecord {
  readonly key: Buffer | null
  readonly value: Buffer
  readonly timestamp: number
}

export interface ReadRecord {
  readonly key: Buffer | null
  readonly value: Buffer | null
}

export interface ClientBatches {
  readonly name: string
  readonly compressions: readonly CompressionName[]
  write(records: readonly PlainRecord[], compression: CompressionName): Promise<Buffer>
  read(batch: Buffer): Promise<readonly ReadRecord[]>
}

/** The parts of kafkajs that it does not export. */
interface KafkajsInternals {
  readonly Record: (record: object) => unknown
  readonly RecordBatch: (batch: object) => Promise<{ readonly buffer: Buffer }>
  readonly Decoder: new (bytes: Buffer) => object
  readonly readBatch: (decoder: object) => Promise<{ readonly records: readonly ReadRecord[] }>
}

const kafkajs = loadKafkajs()

export const clientBatches: readonly ClientBatches[] = [
  {
    name: 'kafkajs',
    compressions: ['none', 'gzip'],
    async write(records, compression) {
      const firstTimestamp = records[0]!.timestamp
      const encoder = await kafkajs.RecordBatch({
        compression: compressionId(compression),
        firstTimestamp,
        maxTimestamp: Math.max(...records.map(({ timestamp }) => timestamp)),
        lastOffsetDelta: records.length - 1,
        records: records.map(({ key, value, timestamp }, offsetDelta) =>
          kafkajs.Record({ key, value, timestampDelta: timestamp - firstTimestamp, offsetDelta }),
        ),
      })
      return encoder.buffer
    },
    async read(batch) {
      return (await kafkajs.readBatch(new kafkajs.Decoder(batch))).records
    },
  },
  {
    name: '@platformatic/kafka',
    compressions: ['none', 'gzip', 'snappy', 'lz4', 'zstd'],
    async write(records, compression) {
      const messages = records.map(({ key, value, timestamp }) => ({
        ...(key === null ? {} : { key }),
        value,
        timestamp: BigInt(timestamp),
        topic: '',
      }))
      return createRecordsBatch(messages, { compression }).buffer
    },
    async read(batch) {
      return readRecordsBatch(Reader.from(batch)).records
    },
  },
  {
    name: '@kafkats/client',
    compressions: ['none', 'gzip'],
    async write(records, compression) {
      const batch = createRecordBatch([...records], 0n, BigInt(records[0]!.timestamp))
      const type = compression === 'gzip' ? CompressionType.Gzip : CompressionType.None
      return encodeRecordBatch(batch, { compression: type })
    },
    async read(batch) {
      return (await decodeRecordBatchFrom(new KafkatsDecoder(batch))).records
    },
  },
]

function loadKafkajs(): KafkajsInternals {
  const require = createRequire(import.meta.url)
  const load = (path: string): unknown => require(`kafkajs/src/protocol/${path}`)
  return {
    Record: load('recordBatch/record/v0') as KafkajsInternals['Record'],
    RecordBatch: (load('recordBatch/v0') as KafkajsInternals).RecordBatch,
    Decoder: load('decoder') as KafkajsInternals['Decoder'],
    readBatch: load('recordBatch/v0/decoder') as KafkajsInternals['readBatch'],
  }
}
