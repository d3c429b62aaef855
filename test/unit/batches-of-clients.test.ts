/** Record batches from and for other clients, with every compression that they have. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeBatches, readRecords } from '../../src/record/batch-reader.ts'
import { writeBatch } from '../../src/record/batch-writer.ts'
import { checkRecordCount } from '../../src/record/batch.ts'
import { nodeCodecs } from '../../src/record/node-compression.ts'
import { clientBatches } from '../support/client-batches.ts'

/** More than one block of every codec; the values repeat some and differ some. */
const records = Array.from({ length: 2000 }, (_, index) => ({
  key: index % 3 === 0 ? null : Buffer.from(`key ${index}`),
  value: Buffer.from(`${Math.imul(index, 2654435761)} ${'some words '.repeat(index % 9)}`),
  timestamp: 1_700_000_000_000 + index,
}))

for (const client of clientBatches) {
  const { name, compressions } = client
  for (const compression of compressions) {
    test(`readRecords() reads what ${name} writes with '${compression}'`, async () => {
      const [batch, ...others] = decodeBatches(await client.write(records, compression))
      assert.equal(others.length, 0)
      assert.equal(batch!.header.compression, compression)
      checkRecordCount(batch!.header)
      const output = await readRecords(batch!.bytes, batch!.header, { codecs: nodeCodecs })
      assert.deepEqual(
        output,
        records.map(({ key, value, timestamp }, offset) => ({
          offset,
          timestamp,
          key: key && new Uint8Array(key),
          value: new Uint8Array(value),
          headers: [],
        })),
      )
    })

    test(`${name} reads what writeBatch() writes with '${compression}'`, async () => {
      const batch = await writeBatch(records, { compression, codecs: nodeCodecs })
      const output = await client.read(Buffer.from(batch))
      assert.deepEqual(
        output.map(({ key, value }) => ({ key, value })),
        records.map(({ key, value }) => ({ key, value })),
      )
    })
  }
}
