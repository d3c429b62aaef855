/**
 * Compacts a log with all codecs, tombstones and transactions, and lets Apache Kafka's own tool read
 * every file of it. Part of `npm run test:format`.
 */

import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { compressionNames } from '../../src/record/compression.ts'
import { NodeStorage } from '../../src/storage/node-storage.ts'
import { apacheKafkaTool } from '../support/apache-kafka.ts'
import { CompactionRig } from '../support/compaction-rig.ts'
import { testFolder } from '../support/log-fixture.ts'

const dumpTool = 'org.apache.kafka.tools.DumpLogSegments'

function appendMany(rig: CompactionRig<NodeStorage>, round: number): void {
  for (let count = 0; count < 60; count++) {
    const compression = compressionNames[count % compressionNames.length]!
    const value = count % 7 === 6 ? null : `${round} ${count}`.padEnd(80, 'x')
    const keys = [`key ${count % 9}`, `other ${count % 4}`, `${round} ${count}`]
    rig.append({ records: keys.map((key) => ({ key, value })), compression })
    rig.append({ producerId: 1, records: [{ key: `own ${count % 5}`, value }] })
    const records = [{ key: `transactional ${count % 5}`, value }]
    rig.append({ producerId: 2, isTransactional: true, records, compression })
    if (count % 3 === 2) rig.endTransaction(2, count % 2 === 0 ? 'commit' : 'abort')
  }
}

/** Returns the folder of a log that was compacted three times, with delete horizons in it. */
async function compactedLog(dataFolder: string): Promise<string> {
  const storage = new NodeStorage(dataFolder)
  const rig = new CompactionRig(storage, { 'segment.bytes': '3000' })
  for (let round = 0; round < 3; round++) {
    appendMany(rig, round)
    await rig.makeDurable()
    assert.ok(await rig.compact())
    rig.clock.nowMs += rig.config.deleteRetentionMs / 2
  }
  rig.check()
  await rig.log.close()
  storage.close()
  return join(dataFolder, testFolder)
}

test("Apache Kafka's dump tool reads all files of a compacted log", async () => {
  const dataFolder = mkdtempSync(join(tmpdir(), 'kafka-do-compacted-'))
  try {
    const folder = await compactedLog(dataFolder)
    const files = (ending: RegExp): string =>
      readdirSync(folder)
        .filter((name) => ending.test(name))
        .map((name) => join(folder, name))
        .join(',')
    const all = files(/\.(log|index|timeindex|txnindex|snapshot)$/)
    const dump = await apacheKafkaTool(dumpTool, ['--deep-iteration', '--files', all])
    assert.match(dump, /deleteHorizonMs: OptionalLong\[\d+\]/)
    assert.match(dump, /endTxnMarker: ABORT/)
    assert.match(dump, /compresscodec: zstd/)
    assert.doesNotMatch(dump, /isvalid: false|Mismatches|Found timestamp mismatch|out of order/i)

    const indexes = files(/\.(index|timeindex)$/)
    const sanity = await apacheKafkaTool(dumpTool, ['--index-sanity-check', '--files', indexes])
    assert.equal(sanity.match(/passed sanity check/g)?.length, indexes.split(',').length)
  } finally {
    rmSync(dataFolder, { recursive: true, force: true })
  }
})
