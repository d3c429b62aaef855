/**
 * A group whose members read, commit, leave and come back: each record is delivered at least once,
 * and none again whose commit was acknowledged before.
 */

import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Consumer } from '../../../src/client/consumer/consumer.ts'
import type { ConsumerStatus } from '../../../src/client/consumer/consumer-status.ts'
import type { Kafka } from '../../../src/client/kafka.ts'
import { Gaps } from './gaps.ts'
import type { Found } from './read-all.ts'

export interface ReadersOptions {
  readonly topic: string
  readonly group: string
  readonly members: number
  /** How long a member stays. */
  readonly stayMs: number
}

const commitEvery = 10

export class Readers {
  readonly gaps = new Gaps()
  /** Commits that failed, since the partition was another's by then. */
  readonly refusals: unknown[] = []
  /** Why consumers stopped; none is to. */
  readonly failures: unknown[] = []
  /** Deliveries of what was delivered before. */
  repeated = 0
  /** How often each status came. */
  readonly statuses: Partial<Record<ConsumerStatus, number>> = {}
  readonly #delivered = new Set<string>()
  /** The next record to be read, as acknowledged, by partition. */
  readonly #committed = new Map<number, number>()
  readonly #broken: string[] = []
  readonly #stop = new AbortController()
  readonly #running: Promise<void>[]

  constructor(kafka: Kafka, options: ReadersOptions) {
    const { topic, group, members, stayMs } = options
    this.#running = Array.from({ length: members }, async (_, index) => {
      const { signal } = this.#stop
      for (let stay = 0; !signal.aborted; stay++) {
        // Where the word of one who leaves is lost, the others wait for so long.
        const consumer = kafka.consumer(topic, { group, sessionTimeout: '10s' })
        consumer.onStatus((status) => this.#note(status, signal.aborted))
        // They do not all leave at the same time.
        const untilMs = (stay === 0 ? index + 1 : members) * stayMs
        const leaving = sleep(untilMs, undefined, { signal })
        const left = leaving.catch(() => undefined).then(() => consumer.close())
        try {
          await this.#read(consumer)
        } catch (error) {
          this.failures.push(error)
        }
        await (consumer.status === 'closed' ? consumer.close() : left)
      }
    })
  }

  get count(): number {
    return this.#delivered.size
  }

  async stop(): Promise<void> {
    this.#stop.abort()
    await Promise.all(this.#running)
  }

  check(found: readonly (readonly Found<unknown>[])[]): void {
    assert.deepEqual(this.failures, [])
    assert.deepEqual(this.#broken, [])
    found.forEach((records, partition) => {
      for (const { offset } of records) {
        const place = `${partition}/${offset}`
        assert.ok(this.#delivered.has(place), `${place} was not delivered`)
      }
    })
  }

  async #read(consumer: Consumer): Promise<void> {
    for await (const record of consumer) {
      const { partition, offset } = record
      const committed = this.#committed.get(partition) ?? 0
      if (offset < committed) this.#broken.push(`${partition}/${offset} after commit ${committed}`)
      const place = `${partition}/${offset}`
      if (this.#delivered.has(place)) this.repeated++
      this.#delivered.add(place)
      this.gaps.progress()
      if (offset % commitEvery !== 0) continue
      try {
        await record.commit()
        const before = this.#committed.get(partition) ?? 0
        this.#committed.set(partition, Math.max(before, offset + 1))
      } catch (error) {
        this.refusals.push(error)
      }
    }
  }

  #note(status: ConsumerStatus, isOver: boolean): void {
    if (!isOver) this.statuses[status] = (this.statuses[status] ?? 0) + 1
  }
}
