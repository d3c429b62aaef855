/**
 * Has Apache Kafka write record batches of every compression to `test/fixtures/batches/java.jsonl`,
 * as fixtures for our reader, and then read those that our writer makes of the same records.
 *
 * Needs Java 17 and Maven.
 */

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { writeBatch } from '../src/record/batch-writer.ts'
import { compressionNames } from '../src/record/compression.ts'
import { nodeCodecs } from '../src/record/node-compression.ts'
import { apacheKafkaTool, apacheKafkaVersion } from '../test/support/apache-kafka/jars.ts'
import { fixtureRecord } from '../test/support/batch-fixtures.ts'

const source = join(import.meta.dirname, 'capture-batches/Batches.java')
const fixtures = join(import.meta.dirname, '../test/fixtures/batches')
const recordCount = 1000

await mkdir(fixtures, { recursive: true })
await writeFile(join(fixtures, 'java.jsonl'), await apacheKafkaTool(source, []))

const records = Array.from({ length: recordCount }, (_, index) => fixtureRecord(index))
const folder = await mkdtemp(join(tmpdir(), 'batches-'))
const files = compressionNames.map((name) => join(folder, name))
for (const [index, compression] of compressionNames.entries()) {
  const batch = await writeBatch(records, { compression, codecs: nodeCodecs })
  await writeFile(files[index]!, batch)
}
const printed = await apacheKafkaTool(source, files)
await rm(folder, { recursive: true })
const expected = compressionNames
  .map((name) => `${name}: ${recordCount} of ${recordCount}\n`)
  .join('')
process.stderr.write(`Apache Kafka ${apacheKafkaVersion} reads of our batches\n${printed}`)
process.exitCode = printed === expected ? 0 : 1
