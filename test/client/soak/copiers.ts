/**
 * A group whose members copy one topic to another in transactions, offsets included: the copy ends
 * up record for record as the original, whatever is aborted meanwhile.
 */

import assert from 'node:assert/strict'
import type { Kafka } from '../../../src/client/kafka.ts'
import { Gaps } from './gaps.ts'
import type { Found } from './read-all.ts'

export interface CopiersOptions {
  readonly from: string
  readonly to: string
  readonly group: string
  readonly members: number
}

export class Copiers {
  readonly gaps = new Gaps()
  /** Why transactions were aborted, and consumers closed. */
  readonly aborts: unknown[] = []
  readonly #stop = new AbortController()
  readonly #running: Promise<void>[]
  #copied = 0

  constructor(kafka: Kafka, { from, to, group, members }: CopiersOptions) {
    this.#running = Array.from({ length: members }, async () => {
      const { signal } = this.#stop
      while (!signal.aborted) {
        const options = { group, batchSize: 100, batchTimeout: 100, signal }
        try {
          for await (const batch of kafka.batchConsumer(from, options)) {
            await kafka.transaction(to, (tx) => {
              for (const { value, partition } of batch) void tx.send(value, { partition })
              tx.commit(batch)
            })
            this.#copied += batch.length
            this.gaps.progress()
          }
        } catch (error) {
          this.aborts.push(error)
        }
      }
    })
  }

  /** Records whose transactions were committed, as far as is known. */
  get count(): number {
    return this.#copied
  }

  async stop(): Promise<void> {
    this.#stop.abort()
    await Promise.all(this.#running)
  }

  check(
    originals: readonly (readonly Found<unknown>[])[],
    copies: readonly (readonly Found<unknown>[])[],
  ): void {
    originals.forEach((records, partition) => {
      const expected = records.map(({ value }) => value)
      const actual = copies[partition]!.map(({ value }) => value)
      assert.deepEqual(actual, expected, `the copy of partition ${partition}`)
    })
  }
}
