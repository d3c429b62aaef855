/** A consumer whose handlers end when a test says so. */

import type { Consumer } from '../../src/client/consumer/consumer.ts'
import { ManualClock } from '../../src/runtime/manual-clock.ts'
import { MockKafka } from '../../src/testing/mock-kafka.ts'
import { settled } from './scripted-broker.ts'

const opened: ProcessingRig[] = []

/** To be called after each test. */
export async function closeRigs(): Promise<void> {
  for (const rig of opened.splice(0)) await rig.close()
}

/** A consumer of `a1 b1 a2 …`, whose keys are their letters, in a time that a test moves. */
export class ProcessingRig {
  readonly clock = new ManualClock()
  readonly kafka = new MockKafka({ clock: this.clock })
  readonly #running = new Map<string, PromiseWithResolvers<void>>()
  /** What was begun, in order; an attempt again is there again. */
  readonly begun: string[] = []

  constructor() {
    opened.push(this)
  }

  async consumer(records: string): Promise<Consumer<string>> {
    const producer = this.kafka.producer<string>('letters')
    await producer.sendBatch(records.split(' ').map((value) => ({ value, key: value[0]! })))
    return this.kafka.consumer<string>('letters', { group: 'g' })
  }

  /** A handler that ends when the test says so. */
  readonly handler = ({ value }: { readonly value: string }): Promise<void> => {
    this.begun.push(value)
    const running = Promise.withResolvers<void>()
    this.#running.set(value, running)
    return running.promise
  }

  async end(...values: string[]): Promise<void> {
    for (const value of values) this.#running.get(value)!.resolve()
    await this.settle()
  }

  async fail(value: string): Promise<void> {
    this.#running.get(value)!.reject(new Error(`no ${value}`))
    await this.settle()
  }

  async settle(): Promise<void> {
    for (let turn = 0; turn < 20; turn++) await settled()
  }

  /** Lets time pass in steps in which everybody gets their turn. */
  async pass(seconds: number): Promise<void> {
    for (let step = 0; step < seconds * 10; step++) {
      this.clock.advance(100)
      await settled()
    }
  }

  async committed(): Promise<number | null> {
    const { lag } = await this.kafka.admin.describeGroup('g')
    return lag[0]?.offset ?? null
  }

  async close(): Promise<void> {
    for (const { resolve } of this.#running.values()) resolve()
    const closing = this.kafka.close()
    await this.pass(6)
    await closing
  }
}
