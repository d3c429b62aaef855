/**
 * Apache Kafka's own `kafka-dump-log` on a data folder of ours: no complaint about any file, and it
 * reads what we wrote. `npm run test:format`; needs Java and Maven.
 */

import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { dumpFile, type DumpRow } from '../../src/log/verify/dump.ts'
import type { RecordData } from '../../src/record/batch-reader.ts'
import { nodeCodecs } from '../../src/record/node-compression.ts'
import { silentLogger } from '../../src/runtime/runtime.ts'
import { KafkaServer } from '../../src/server/server.ts'
import { NodeReadOnlyStorage } from '../../src/storage/node-read-only-storage.ts'
import { dumpLogSegments, fieldsOf } from '../support/dump-log-segments.ts'
import { faultsOf } from '../support/folder-faults.ts'
import { fillLog } from './log-workload.ts'

const segmentsMin = 1000
const segmentBytes = 1500

let folder: string

before(async () => {
  // Short, so that thousands of paths fit into one command line.
  folder = mkdtempSync(join(tmpdir(), 'kf-'))
  const server = await KafkaServer.start({
    port: 0,
    dataFolder: folder,
    flush: 'os',
    compactionCheckMs: 100,
    logger: silentLogger,
  })
  const { host, port } = server.address
  const workload = { segmentConfig: 'segment.bytes', segmentBytes, batchesPerPartition: 1000 }
  await fillLog({ bootstrap: `${host}:${port}`, ...workload })
  await compactionDone()
  await server.close()
})
after(() => rmSync(folder, { recursive: true, force: true }))

/** Resolves once most segments of `compacted` have lost most of their records. */
async function compactionDone(): Promise<void> {
  for (let waits = 0; waits < 300; waits++) {
    const paths = filesWith('.log').filter((path) => path.includes('compacted-0'))
    const small = paths.filter((path) => statSync(path).size < segmentBytes / 2)
    if (small.length > paths.length / 2 || paths.length < 20) return
    await delay(100)
  }
  throw new Error('compaction does not come')
}

function filesWith(ending: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(ending))
    .sort()
    .map((name) => join(folder, name))
}

interface DumpedByUs {
  readonly rows: readonly DumpRow[]
  readonly records: readonly RecordData[]
}

function dumpOurs(path: string): DumpedByUs {
  const rows: DumpRow[] = []
  const records: RecordData[] = []
  const isWhole = dumpFile(path.slice(folder.length + 1), {
    storage: new NodeReadOnlyStorage(folder),
    codecs: nodeCodecs,
    records: 'show',
    onRow: (row) => rows.push(row),
    onRecord: (record) => records.push(record),
  })
  assert.ok(isWhole, path)
  return { rows, records }
}

test('our own verify finds nothing wrong', () => {
  assert.deepEqual(faultsOf(new NodeReadOnlyStorage(folder)), [])
})

test('kafka-dump-log reads every batch and record of all segments as we do', async () => {
  const paths = filesWith('.log')
  assert.ok(paths.length >= segmentsMin, `${paths.length} segments`)
  const dump = await dumpLogSegments(paths, ['--deep-iteration', '--print-data-log'])
  assert.deepEqual(unexpectedOf(dump.complaints), [])
  const codecs = new Set<string>()
  let markerCount = 0
  for (const path of paths) {
    const { lines } = dump.files.get(path) ?? assert.fail(`${path} was not dumped`)
    const ours = dumpOurs(path)
    const batches = lines.filter((line) => line.startsWith('baseOffset:')).map(fieldsOf)
    const expected = ours.rows.filter(({ baseOffset }) => baseOffset !== undefined)
    assert.deepEqual(batches.map(comparableOfTool), expected.map(comparableOfOurs), path)
    for (const { compresscodec } of batches) codecs.add(compresscodec!)
    const records = lines.filter((line) => line.startsWith('| offset:'))
    const data = records.filter((line) => !line.includes('endTxnMarker:'))
    markerCount += records.length - data.length
    assert.deepEqual(data.map(recordOfTool), ours.records.map(recordOfOurs), path)
    assert.ok(!lines.some((line) => line.includes('invalid bytes')), path)
  }
  assert.deepEqual([...codecs].sort(), ['gzip', 'lz4', 'none', 'snappy', 'zstd'])
  assert.ok(markerCount > 100)
})

/**
 * Gaps are a complaint to the tool, which compaction leaves by its nature. Version 4.3.1 also finds
 * one before the first record of every segment, those of Apache Kafka included: after offset -1.
 * And it takes the largest timestamp from the records, of which a batch has none where compaction,
 * in Kafka as here, has kept its header only.
 */
function unexpectedOf(complaints: string): string[] {
  let file = ''
  return complaints.split('\n').filter((line) => {
    const isTitle = /^(Non-consecutive offsets|Found timestamp mismatch) in /.test(line)
    if (isTitle) file = line
    const isGap = / is followed by \d+$/.test(line)
    const isEmpty = line.endsWith(', log timestamp: -1')
    const isExcused = line.startsWith('  -1 is ') || file.includes('/compacted-0/')
    return line !== '' && !isTitle && !((isGap || isEmpty) && isExcused)
  })
}

function comparableOfTool(batch: Readonly<Record<string, string>>): unknown[] {
  const { baseOffset, lastOffset, count, baseSequence, producerId, producerEpoch } = batch
  const { isTransactional, isControl, position, size, compresscodec, crc, isvalid } = batch
  const offsets = [baseOffset, lastOffset, count, baseSequence, producerId, producerEpoch]
  return [...offsets, isTransactional, isControl, position, size, compresscodec, crc, isvalid]
}

function comparableOfOurs(row: DumpRow): unknown[] {
  const { baseOffset, lastOffset, records, baseSequence, producerId, producerEpoch } = row
  const { transactional, control, position, size, compression, crc } = row
  const offsets = [baseOffset, lastOffset, records, baseSequence, producerId, producerEpoch]
  return [...offsets, transactional, control, position, size, compression, crc, true].map(String)
}

function recordOfTool(line: string): unknown[] {
  const { offset, CreateTime, LogAppendTime, keySize, valueSize, headerKeys } = fieldsOf(line)
  return [offset, CreateTime ?? LogAppendTime, keySize, valueSize, headerKeys]
}

function recordOfOurs({ offset, timestamp, key, value, headers }: RecordData): unknown[] {
  const sizes = [offset, timestamp, key?.length ?? -1, value?.length ?? -1].map(String)
  return [...sizes, `[${headers.map((header) => header.key).join()}]`]
}

test('kafka-dump-log takes every index for a sound one, and finds in it what we wrote', async () => {
  for (const ending of ['.index', '.timeindex']) {
    const paths = filesWith(ending)
    assert.ok(paths.length > segmentsMin / 2, `${paths.length} files ${ending}`)
    const sanity = await dumpLogSegments(paths, ['--index-sanity-check'])
    assert.equal(sanity.complaints, '')
    const all = await dumpLogSegments(paths, [])
    assert.deepEqual(unexpectedOf(all.complaints), [])
    for (const path of paths) {
      const ours = dumpOurs(path).rows
      const lines = all.files.get(path)!.lines.filter((line) => /^(offset|timestamp):/.test(line))
      const entries = lines.map(fieldsOf)
      const texts = ours.map((row) =>
        Object.fromEntries(Object.entries(row).map(([name, value]) => [name, String(value)])),
      )
      assert.deepEqual(entries, texts, path)
    }
    const verified = await dumpLogSegments(paths, ['--verify-index-only'])
    assert.deepEqual(unexpectedOf(verified.complaints), [])
  }
})

test('kafka-dump-log reads the aborted transactions and the producer snapshots', async () => {
  const indexes = filesWith('.txnindex')
  const snapshots = filesWith('.snapshot')
  assert.ok(indexes.length > 10 && snapshots.length > segmentsMin / 2)
  const { files, complaints } = await dumpLogSegments([...indexes, ...snapshots], [])
  assert.equal(complaints, '')
  for (const path of indexes) {
    const entries = files.get(path)!.lines.filter(Boolean).map(fieldsOf)
    const ours = dumpOurs(path).rows.map(({ producerId, firstOffset, lastOffset, ...row }) =>
      [producerId, firstOffset, lastOffset, row['lastStableOffset']].map(String),
    )
    const theirs = entries.map(({ producerId, firstOffset, lastOffset, lastStableOffset }) => {
      return [producerId, firstOffset, lastOffset, lastStableOffset]
    })
    assert.deepEqual(theirs, ours, path)
  }
  for (const path of snapshots) {
    const entries = files.get(path)!.lines.filter(Boolean).map(fieldsOf)
    const ours = dumpOurs(path).rows.filter(({ producerId }) => producerId !== undefined)
    const theirs = entries.map(({ currentTxnFirstOffset, ...entry }) => ({
      ...entry,
      currentTxnFirstOffset: /\d+/.exec(currentTxnFirstOffset!)?.[0] ?? '-1',
    }))
    assert.deepEqual(theirs.map(snapshotOfTool), ours.map(snapshotOfOurs), path)
  }
})

function snapshotOfTool(entry: Readonly<Record<string, string>>): unknown[] {
  const { producerId, producerEpoch, coordinatorEpoch, currentTxnFirstOffset } = entry
  const { lastSequence, lastOffset } = entry
  const transaction = [coordinatorEpoch, currentTxnFirstOffset]
  return [producerId, producerEpoch, ...transaction, lastSequence, lastOffset]
}

function snapshotOfOurs(row: DumpRow): unknown[] {
  const { producerId, producerEpoch, coordinatorEpoch, transactionFirstOffset } = row
  const { lastSequence, lastOffset } = row
  const transaction = [coordinatorEpoch, transactionFirstOffset]
  return [producerId, producerEpoch, ...transaction, lastSequence, lastOffset].map(String)
}
