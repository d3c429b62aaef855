/**
 * Transactions that write the same number to two topics, some of which are given up: both numbers
 * are there, or neither, and which of it is what the program was told.
 */

import assert from 'node:assert/strict'
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

export class Pairs {
  readonly gaps = new Gaps()
  /** Why transactions failed that were not given up. */
  readonly failures: unknown[] = []
  /** By number. */
  readonly #outcomes: Outcome[] = []
  readonly #stop = new AbortController()
  readonly #running: Promise<void>[]
  #next = 0

  constructor(kafka: Kafka, { left, right, partitions, openCount }: PairsOptions) {
    this.#running = Array.from({ length: openCount }, async (_, index) => {
      // The first has an id that the program chose.
      const config = index === 0 ? { transactionalId: `${left}-${right}` } : {}
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
            config,
          )
          await work
          this.#outcomes[number] = 'committed'
          this.gaps.progress()
        } catch (error) {
          const isDoubtful = KafkaError.is(error) && error.maybeApplied
          this.#outcomes[number] = isDoubtful ? 'doubtful' : 'aborted'
          if (error !== givenUp) this.failures.push(error)
        }
      }
    })
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
