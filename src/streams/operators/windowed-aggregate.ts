/** What aggregates of windows have in common, whichever the windows. */

import { copyOf, type Codec } from '../stores/codec.ts'
import { StreamTime } from '../stores/operator-state.ts'
import type { WindowedKey } from '../window.ts'
import type { Aggregation } from './aggregation.ts'
import { Processor, goOnWithout, isDroppedByTime } from './operator.ts'
import type { LateRecord, OperatorContext, WindowView } from './operator.ts'

/** Whether results go on with every record, or once, when their window closes. */
export type Emission = 'update' | 'close'

export interface WindowedOptions<Window> {
  readonly window: Window
  readonly aggregation: Aggregation
  readonly emission: Emission
  readonly context: OperatorContext
  readonly codecs: WindowedCodecs
}

export interface WindowedCodecs {
  readonly key: Codec
  /** Of the results. */
  readonly value: Codec
  /** Of the values that they are made of. */
  readonly input: Codec
}

export abstract class WindowedAggregate<Window> extends Processor {
  abstract readonly windows: WindowView
  protected readonly window: Window
  protected readonly aggregation: Aggregation
  protected readonly emission: Emission
  protected readonly time = new StreamTime()
  protected readonly codecs: WindowedCodecs
  readonly #context: OperatorContext

  constructor({ window, aggregation, emission, context, codecs }: WindowedOptions<Window>) {
    super()
    this.codecs = codecs
    this.window = window
    this.aggregation = aggregation
    this.emission = emission
    this.#context = context
  }

  receive(key: unknown, value: unknown, timestamp: number): void {
    if (isDroppedByTime(this.#context, key, value, timestamp)) return
    this.time.observe(timestamp)
    this.add(key, value, timestamp)
    this.close()
  }

  advance(timestamp: number): void {
    this.time.advance(timestamp)
    this.close()
  }

  protected dropLate(record: Omit<LateRecord, 'streamTime'>): void {
    this.#context.late({ ...record, streamTime: this.time.now })
  }

  /** Returns what the program is given of a result, which it may change, and return. */
  protected given(previous: unknown): unknown {
    // What goes on once does not change any more.
    const isOwn = this.emission === 'close' || this.next.isDone
    return isOwn ? previous : copyOf(previous, this.codecs.value)
  }

  /** Hands a result on whose window is over. */
  protected handOver(key: WindowedKey, value: unknown, timestamp: number): void {
    try {
      this.next.receive(key, value, timestamp, undefined)
    } catch (error) {
      goOnWithout(error, this.#context)
    }
  }

  /** Adds a value to the windows that its record is in. */
  protected abstract add(key: unknown, value: unknown, timestamp: number): void

  /** Takes leave of the windows that are over. */
  protected abstract close(): void
}
