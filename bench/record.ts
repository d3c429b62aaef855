/**
 * Records and batches without a broker: writing, reading, checksums and codecs, beside the other
 * clients for Node and the native CRC-32C, in alternating rounds of one run.
 */

import { crc32c as nativeCrc32c } from '@node-rs/crc32'
import { compressionsAlgorithms } from '@platformatic/kafka'
import { readRecords } from '../src/record/batch-reader.ts'
import { BatchWriter, writeBatch } from '../src/record/batch-writer.ts'
import { readBatchHeader, validateBatch } from '../src/record/batch.ts'
import { useCrc32c } from '../src/record/crc32c.ts'
import { installNativeCrc32c } from '../src/record/node-crc32c.ts'
import { nodeCodecs } from '../src/record/node-compression.ts'
import { wordsCrc32c } from '../src/record/words-crc32c.ts'
import { clientBatches, type PlainRecord } from '../test/support/client-batches.ts'
import type { Benchmark, Row } from './report.ts'
import { median } from './statistics.ts'

/** Work to be measured: it returns how much it did, in units of its row. */
type Work = () => number | Promise<number>

interface Contest extends Pick<Row, 'what' | 'unit' | 'aim'> {
  readonly ours: Work
  readonly peers: Readonly<Record<string, Work>>
}

const batchBytes = 64 * 1024
const million = 1e6

const notes = [
  'Every number is the median of rounds in turn, on one core.',
  'kafkajs and @platformatic/kafka do not check the CRC of a batch that they read; the others do.',
  "@platformatic/kafka's Snappy and LZ4 are WebAssembly, ours are TypeScript.",
]

export const record: Benchmark = {
  name: 'record',
  about: 'record batches and codecs in memory, beside other clients for Node',
  async run({ isQuick, progress }) {
    const rows: Row[] = []
    installNativeCrc32c()
    try {
      for (const contest of [...batchContests(), ...crcContests(), ...codecContests()]) {
        progress(contest.what)
        rows.push(await hold(contest, isQuick ? { rounds: 3, ms: 30 } : { rounds: 9, ms: 150 }))
      }
    } finally {
      useCrc32c(undefined)
    }
    return { rows, notes }
  },
}

/** Lets all take turns, so that a disturbance of the machine meets each of them. */
async function hold(
  { ours, peers, ...row }: Contest,
  { rounds, ms }: { readonly rounds: number; readonly ms: number },
): Promise<Row> {
  const contestants = { ours, ...peers }
  const speeds: Record<string, number[]> = {}
  for (let round = -1; round < rounds; round++) {
    for (const [name, work] of Object.entries(contestants)) {
      const speed = await perSecond(work, ms)
      // The first round is for the compiler.
      if (round >= 0) (speeds[name] ??= []).push(speed)
    }
  }
  const { ours: mine, ...others } = Object.fromEntries(
    Object.entries(speeds).map(([name, values]) => [name, median(values)]),
  )
  return { ...row, better: 'more', ours: mine!, peers: others }
}

async function perSecond(work: Work, ms: number): Promise<number> {
  const start = performance.now()
  let done = 0
  let elapsedMs = 0
  while (elapsedMs < ms) {
    const result = work()
    done += typeof result === 'number' ? result : await result
    elapsedMs = performance.now() - start
  }
  return (done / elapsedMs) * 1000
}

/** Records that fill a batch of 64 KiB. */
function recordsOf(valueBytes: number): readonly PlainRecord[] {
  const value = Buffer.alloc(valueBytes, 'some value ')
  return Array.from({ length: Math.floor(batchBytes / (valueBytes + 20)) }, (_, index) => ({
    key: Buffer.from(`key ${index % 100}`),
    value,
    timestamp: 1_700_000_000_000 + index,
  }))
}

function batchContests(): Contest[] {
  return [100, 1000].flatMap((valueBytes) => {
    const records = recordsOf(valueBytes)
    const count = records.length / million
    const batch = writeBatch(records) as Uint8Array
    const unit = 'M rec/s'
    const writing: Contest = {
      what: `write a batch, values of ${valueBytes} B`,
      unit,
      ours() {
        const writer = new BatchWriter({ sizeHintBytes: batchBytes })
        for (const each of records) writer.append(each)
        return writer.finish() instanceof Uint8Array ? count : 0
      },
      peers: peersOf(async (client) => {
        await client.write(records, 'none')
        return count
      }),
    }
    const reading: Contest = {
      what: `read a batch, values of ${valueBytes} B`,
      unit,
      ours() {
        const output = readRecords(batch, validateBatch(batch)) as { value: Uint8Array }[]
        return look(output, count)
      },
      peers: peersOf(async (client) => look(await client.read(Buffer.from(batch)), count)),
    }
    return [writing, reading]
  })
}

function peersOf(work: (client: (typeof clientBatches)[number]) => Promise<number>) {
  return Object.fromEntries(clientBatches.map((client) => [client.name, () => work(client)]))
}

/** Asks each record for its value: some clients decode no sooner. */
function look(records: readonly { readonly value: Uint8Array | null }[], count: number): number {
  let bytes = 0
  for (const { value } of records) bytes += value?.length ?? 0
  if (bytes === 0) throw new Error('nothing was read')
  return count
}

function crcContests(): Contest[] {
  const batch = writeBatch(recordsOf(100)) as Uint8Array
  const gb = batch.length / 1e9
  const native = () => (nativeCrc32c(batch.subarray(21)) === 0 ? 0 : gb)
  const small = batch.subarray(0, 200)
  return [
    {
      what: 'validate a batch of 64 KiB, native CRC',
      unit: 'GB/s',
      aim: '≥ 0.95',
      ours: () => (validateBatch(batch).crc === 0 ? 0 : gb),
      peers: { '@node-rs/crc32': native },
    },
    {
      what: 'CRC-32C of 64 KiB in JavaScript',
      unit: 'GB/s',
      ours: () => (wordsCrc32c(batch, 21) === 0 ? 0 : gb),
      peers: { '@node-rs/crc32': native },
    },
    {
      what: 'CRC-32C of 200 B in JavaScript',
      unit: 'GB/s',
      ours: () => hundredTimes(() => wordsCrc32c(small)) * 200e-9,
      peers: { '@node-rs/crc32': () => hundredTimes(() => nativeCrc32c(small)) * 200e-9 },
    },
    {
      what: 'read the header of a batch',
      unit: 'M/s',
      ours: () => hundredTimes(() => readBatchHeader(batch).crc) / million,
      peers: {},
    },
  ]
}

function hundredTimes(work: () => number): number {
  let sum = 0
  for (let time = 0; time < 100; time++) sum += work()
  return sum === 0 ? 0 : 100
}

function codecContests(): Contest[] {
  const plain = Buffer.from(jsonLines())
  const unit = 'MB/s'
  const mb = plain.length / million
  return (['snappy', 'lz4'] as const).flatMap((name) => {
    const codec = nodeCodecs[name]!
    const peer = compressionsAlgorithms[name]
    const compressed = codec.compress(plain) as Uint8Array
    const ofPeer = Buffer.from(compressed)
    const compressing: Contest = {
      what: `compress 64 KiB of JSON, ${name}`,
      unit,
      ours: () => ((codec.compress(plain) as Uint8Array).length > 0 ? mb : 0),
      peers: { '@platformatic/kafka': () => (peer.compressSync(plain).length > 0 ? mb : 0) },
    }
    const decompressing: Contest = {
      what: `decompress 64 KiB of JSON, ${name}`,
      unit,
      ours: () => ((codec.decompress(compressed, 1e9) as Uint8Array).length > 0 ? mb : 0),
      peers: { '@platformatic/kafka': () => (peer.decompressSync(ofPeer).length > 0 ? mb : 0) },
    }
    return [compressing, decompressing]
  })
}

/** Events that are alike, but not too much. */
function jsonLines(): string {
  let lines = ''
  for (let index = 0; lines.length < batchBytes; index++) {
    const noise = Math.imul(index + 1, 0x9e3779b1) >>> 0
    const at = new Date(1_700_000_000_000 + noise).toISOString()
    const event = {
      id: noise,
      user: `user-${noise % 5000}`,
      type: 'page-view',
      at,
      total: noise % 97,
    }
    lines += `${JSON.stringify(event)}\n`
  }
  return lines.slice(0, batchBytes)
}
