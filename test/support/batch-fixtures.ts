/**
 * Batches that Apache Kafka wrote, and the rule that their records follow. The same rule is in
 * `scripts/capture-batches/Batches.java`, which wrote them.
 */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'

export interface BatchFixture {
  /** Its compression, or `abort` or `commit` for a transaction marker. */
  readonly name: string
  readonly recordCount: number
  readonly batch: Uint8Array
}

type StoredFixture = Omit<BatchFixture, 'batch'> & { readonly batch: string }

const file = join(import.meta.dirname, '../fixtures/batches/java.jsonl')

export function readBatchFixtures(): BatchFixture[] {
  return readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => {
      const { name, recordCount, batch } = JSON.parse(line) as StoredFixture
      return { name, recordCount, batch: new Uint8Array(Buffer.from(batch, 'base64')) }
    })
}

/** The record at `index`, but for its offset. */
export function fixtureRecord(index: number) {
  const headers = [
    { key: 'trace', value: bytes(`${index}`) },
    { key: 'nåll', value: null },
  ]
  return {
    timestamp: 1_700_000_000_000 + (index % 2 === 0 ? index : -index),
    key: index % 5 === 1 ? null : bytes(`key-${index}`),
    value: index % 7 === 2 ? null : bytes(`värde ${index}${'-'.repeat((index % 50) * 5)}`),
    headers: index % 3 === 0 ? headers : [],
  }
}

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}
