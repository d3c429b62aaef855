/**
 * Transactions that write the same number to two topics, some of which are given up: both numbers
 * are there, or neither, and which of it is what the program was told.
 */

import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { KafkaError } from '../../../src/client/failure/errors.ts'
import type { Kafka } from '../../../src/client/kafka.ts'
import { Gaps } from './gaps.ts'
import type { Found } from './read-all.ts'

export interface PairsOptions {
  readonly left: string
  readonly right: string
  readonly partitions: number
  /** How many transactions are open at the same time. */
  readonly openCount: number
}

type Outcome = 'committed' | 'aborted' | 'doubtful'

const givenUp = new Error('given up')
const giveUpEvery = 7
/** A program that fails at once, each time, is not to keep all others from running. */
const restMs = 10

function isFenced(error: unknown): boolean {
  return (
    KafkaError.is(error) &&
    (error.code === 'producer_fenced' || error.code === 'invalid_producer_epoch')
  )
}

export class Pairs {
  readonly #gaps: readonly Gaps[]
  /** Why transactions failed that were not given up. */
  readonly failures: unknown[] = []
  /** How often the id that only we use was another's. */
  fencedCount = 0
  /** By number. */
  readonly #outcomes: Outcome[] = []
  readonly #stop = new AbortController()
  readonly #running: Promise<void>[]
  #next = 0

  constructor(kafka: Kafka, { left, right, partitions, openCount }: PairsOptions) {
    this.#gaps = Array.from({ length: openCount }, () => new Gaps())
    this.#running = this.#gaps.map(async (gaps, index) => {
      // The first has an id that the program chose.
      const chosen = index === 0 ? { transactionalId: `${left}-${right}` } : undefined
      while (!this.#stop.signal.aborted) {
        const number = this.#next++
        try {
          const work = kafka.transaction<number>(
            left,
            async (tx) => {
              void tx.send(number, { partition: number % partitions })
              await tx.send(number, { topic: right, partition: (number + 1) % partitions })
              if (number % giveUpEvery === 0) throw givenUp
            },
            chosen,
          )
          await work
          this.#outcomes[number] = 'committed'
          gaps.progress()
        } catch (error) {
          const isDoubtful = KafkaError.is(error) && error.maybeApplied
          this.#outcomes[number] = isDoubtful ? 'doubtful' : 'aborted'
          if (error === givenUp) continue
          this.failures.push(error)
          await sleep(restMs)
          if (chosen && isFenced(error)) {
            this.fencedCount++
            const takingBack = kafka.initTransactions(chosen)
            await takingBack.catch((failure: unknown) => this.failures.push(failure))
          }
        }
      }
    })
  }

  /** Those of the transactions that stood still for the longest. */
  get gaps(): Gaps {
    return this.#gaps.reduce((most, one) => (one.longestMs > most.longestMs ? one : most))
  }

  get count(): number {
    return this.#next
  }

  async stop(): Promise<void> {
    this.#stop.abort()
    await Promise.all(this.#running)
  }

  check(
    left: readonly (readonly Found<number>[])[],
    right: readonly (readonly Found<number>[])[],
  ): void {
    const [lefts, rights] = [left, right].map((found) => {
      const numbers = found.flat().map(({ value }) => value)
      assert.equal(new Set(numbers).size, numbers.length, 'a number is there twice')
      return new Set(numbers)
    })
    this.#outcomes.forEach((outcome, number) => {
      const [isLeft, isRight] = [lefts!.has(number), rights!.has(number)]
      assert.equal(isLeft, isRight, `of ${number}, ${outcome}, there is one half`)
      if (outcome !== 'doubtful') assert.equal(isLeft, outcome === 'committed', String(number))
    })
  }
}
