/**
 * Producers that send numbered records all the while, and a ledger of what became of each: what was
 * acknowledged is there once, where it was said to be; what certainly failed is not.
 */

import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { KafkaError } from '../../../src/client/failure/errors.ts'
import type { Kafka } from '../../../src/client/kafka.ts'
import { Gaps } from './gaps.ts'
import type { Found } from './read-all.ts'

export interface Written {
  readonly writer: number
  readonly number: number
}

type Outcome =
  | { readonly partition: number; readonly offset: number }
  | { readonly error: unknown; readonly maybeApplied: boolean }

const pauseMs = 8

export class Writers {
  readonly gaps = new Gaps()
  /** By writer and number. */
  readonly #outcomes: Outcome[][] = []
  readonly #stop = new AbortController()
  readonly #running: Promise<void>[]

  constructor(kafka: Kafka, topic: string, { partitions }: { partitions: number }) {
    // One of them hears of its records by reports.
    const sync = kafka.producer<Written>(topic)
    const async = kafka.asyncProducer<Written>(topic, { compression: 'gzip' })
    this.#running = [sync, async].map(async (producer, writer) => {
      const outcomes: Outcome[] = []
      this.#outcomes.push(outcomes)
      const settled: Promise<unknown>[] = []
      for (let number = 0; !this.#stop.signal.aborted; number++) {
        const sent = producer.send({ writer, number }, { partition: number % partitions })
        const noted = sent.then(
          ({ partition, offset }) => {
            this.gaps.progress()
            outcomes[number] = { partition, offset }
          },
          (error: unknown) => {
            const maybeApplied = KafkaError.is(error) && error.maybeApplied
            outcomes[number] = { error, maybeApplied }
          },
        )
        settled.push(noted)
        await sleep(pauseMs)
      }
      await Promise.all(settled)
      await producer.close()
    })
  }

  get count(): number {
    return this.#outcomes.reduce((sum, { length }) => sum + length, 0)
  }

  /** Why records were not acknowledged. */
  failures(): unknown[] {
    return this.#outcomes.flat().flatMap((outcome) => ('error' in outcome ? [outcome.error] : []))
  }

  /** Resolves when all that was sent is settled. */
  async stop(): Promise<void> {
    this.#stop.abort()
    await Promise.all(this.#running)
  }

  /** Holds the ledger against what is in the topic. */
  check(found: readonly (readonly Found<Written>[])[]): void {
    const places = this.#outcomes.map(() => new Map<number, string>())
    found.forEach((records, partition) => {
      const last = this.#outcomes.map(() => -1)
      for (const { offset, value } of records) {
        const { writer, number } = value
        const what = `record ${number} of writer ${writer}`
        assert.ok(!places[writer]!.has(number), `${what} is there twice`)
        assert.ok(number > last[writer]!, `${what} comes after ${last[writer]}`)
        last[writer] = number
        places[writer]!.set(number, `${partition}/${offset}`)
      }
    })
    this.#outcomes.forEach((outcomes, writer) => {
      outcomes.forEach((outcome, number) => {
        const place = places[writer]!.get(number)
        const what = `record ${number} of writer ${writer}`
        if ('error' in outcome) {
          assert.ok(outcome.maybeApplied || !place, `${what} is there: ${String(outcome.error)}`)
          return
        }
        // A record that was found to be stored from an earlier attempt has no known offset.
        const said = outcome.offset < 0 ? place : `${outcome.partition}/${outcome.offset}`
        assert.ok(place, `${what} is lost`)
        assert.equal(place, said, what)
      })
    })
  }
}
