/**
 * An aggregate of each key and sliding window. For a record at t there is a window that ends with
 * it, `[t - difference, t]`, and, where records follow it, one that begins behind it,
 * `[t + 1, t + 1 + difference]`; so there is one window for each set of records that are close
 * enough to each other, and no more. Both ends belong to the window.
 */

import { Changes, type OperatorState } from '../stores/operator-state.ts'
import { storeKey, type StoreKey } from '../stores/store-key.ts'
import { TimeQueue, type Timed } from '../stores/time-queue.ts'
import type { WindowView } from './operator.ts'
import type { SlidingWindow, WindowedKey } from '../window.ts'
import { WindowedAggregate } from './windowed-aggregate.ts'

interface Value extends Timed {
  /** Unique among those that are kept. */
  readonly number: number
  readonly key: unknown
  readonly value: unknown
}

/** A window by its start, which is what it is found by. */
interface Slide extends Timed {
  readonly key: WindowedKey
  readonly end: number
  /** `undefined` where the program left nothing of it. */
  value: unknown
  /** The newest of its records. */
  newest: number
}

interface KeyState {
  readonly key: unknown
  readonly values: TimeQueue<Value>
  readonly slides: TimeQueue<Slide>
}

export class SlidingAggregate extends WindowedAggregate<SlidingWindow> {
  readonly #keys = new Map<StoreKey, KeyState>()
  /** All windows that are open, by their starts, and so by their ends. */
  readonly #open = new TimeQueue<Slide>()
  /** All values that a window may need yet. */
  readonly #kept = new TimeQueue<Value>()
  readonly #changedSlides = new Changes<Slide>()
  readonly #changedValues = new Changes<Value>()
  #nextNumber = 0
  readonly state: OperatorState = this.time.with({
    drain: (write) => {
      this.#changedValues.drain(({ number, key, value, timestamp }, isThere) => {
        const { key: keys, input } = this.codecs
        const entry = isThere ? [keys.pack(key), input.pack(value), timestamp] : undefined
        write(['value', number], entry)
      })
      this.#changedSlides.drain(({ key: { key, start }, value, newest }, isThere) => {
        const entry = isThere ? [this.codecs.value.pack(value) ?? null, newest] : undefined
        write(['slide', this.codecs.key.pack(key), start], entry)
      })
    },
    restore: (key, entry) => this.#restore(key, entry),
  })

  readonly windows: WindowView = {
    forEach: (visit) => this.#open.forEachBetween(-Infinity, Infinity, ifThere(visit)),
    forEachOf: (key, visit) =>
      this.#keys.get(storeKey(key))?.slides.forEachBetween(-Infinity, Infinity, ifThere(visit)),
  }

  protected add(key: unknown, value: unknown, timestamp: number): void {
    if (this.#isOver(timestamp + this.window.differenceMs)) {
      const window = { start: timestamp - this.window.differenceMs, end: timestamp }
      return this.dropLate({ key, value, timestamp, window })
    }
    const state = this.#stateOf(key)
    this.#extend(state, value, timestamp)
    const kept = { number: this.#nextNumber++, key, value, timestamp }
    state.values.push(kept)
    this.#kept.push(kept)
    this.#changedValues.noted(kept)
    this.#begin(state, timestamp)
  }

  #isOver(end: number): boolean {
    return end < this.time.now - this.window.graceMs
  }

  #stateOf(key: unknown): KeyState {
    const id = storeKey(key)
    let state = this.#keys.get(id)
    if (!state) {
      state = { key, values: new TimeQueue(), slides: new TimeQueue() }
      this.#keys.set(id, state)
    }
    return state
  }

  /** Adds a value to the windows that are there and include its time. */
  #extend({ key, slides }: KeyState, value: unknown, timestamp: number): void {
    slides.forEachBetween(timestamp - this.window.differenceMs, timestamp, (slide) => {
      if (this.#isOver(slide.end)) return
      const previous = slide.value
      slide.value = this.#add(this.given(previous), value, key)
      slide.newest = Math.max(slide.newest, timestamp)
      this.#changedSlides.noted(slide)
      this.#emit(slide, previous)
    })
  }

  /** Makes the windows that are there because of a record at `timestamp`, which is in `values`. */
  #begin(state: KeyState, timestamp: number): void {
    const { differenceMs } = this.window
    this.#beginAt(state, Math.max(0, timestamp - differenceMs))
    const starts = new Set<number>()
    state.values.forEachBetween(timestamp - differenceMs - 1, timestamp - 1, (earlier) => {
      starts.add(earlier.timestamp + 1)
    })
    for (const start of starts) this.#beginAt(state, start)
    this.#beginAt(state, timestamp + 1)
  }

  #add(aggregate: unknown, value: unknown, key: unknown): unknown {
    const added =
      aggregate === undefined
        ? this.aggregation.first(value, key)
        : this.aggregation.add(aggregate, value, key)
    return added ?? undefined
  }

  /** Makes the window that begins there, unless it is there, is over, or would be empty. */
  #beginAt({ key, values, slides }: KeyState, start: number): void {
    const end = start + this.window.differenceMs
    if (this.#isOver(end) || slides.lastAt(start)?.timestamp === start) return
    let slide: Slide | undefined
    values.forEachBetween(start, end, ({ value, timestamp }) => {
      const added = this.#add(slide?.value, value, key)
      if (slide) {
        slide.value = added
        slide.newest = timestamp
      } else {
        slide = { key: { key, start, end }, timestamp: start, end, value: added, newest: timestamp }
      }
    })
    if (!slide) return
    slides.push(slide)
    this.#open.push(slide)
    this.#changedSlides.noted(slide)
    this.#emit(slide, undefined)
  }

  #restore(entryKey: readonly unknown[], entry: unknown): void {
    if (entryKey[0] === 'value') {
      const [, number] = entryKey as [string, number]
      const [packedKey, packed, timestamp] = entry as [unknown, unknown, number]
      const key = this.codecs.key.unpack(packedKey)
      const value = this.codecs.input.unpack(packed)
      const kept = { number, key, value, timestamp }
      this.#stateOf(key).values.restore(kept)
      this.#kept.restore(kept)
      this.#nextNumber = Math.max(this.#nextNumber, number + 1)
      return
    }
    const [, packedKey, start] = entryKey as [string, unknown, number]
    const [packed, newest] = entry as [unknown, number]
    const key = this.codecs.key.unpack(packedKey)
    const value = this.codecs.value.unpack(packed) ?? undefined
    const end = start + this.window.differenceMs
    const slide = { key: { key, start, end }, timestamp: start, end, value, newest }
    this.#stateOf(key).slides.restore(slide)
    this.#open.restore(slide)
  }

  #emit({ key, value, newest }: Slide, previous: unknown): void {
    if (value === undefined && previous === undefined) return
    if (this.emission === 'update') this.next.receive(key, value, newest, previous)
  }

  protected close(): void {
    const closeMs = this.time.now - this.window.graceMs
    // Its end is in it: there may yet be records of that very time.
    while (this.#open.first && this.#open.first.end < closeMs) {
      const slide = this.#open.shift()!
      this.#keys.get(storeKey(slide.key.key))!.slides.remove(slide)
      this.#changedSlides.gone(slide)
      if (this.emission === 'close' && slide.value !== undefined) {
        this.handOver(slide.key, slide.value, slide.newest)
      }
    }
    this.#forget()
  }

  /** Forgets values that no window can need any more: those that they were in are gone by now. */
  #forget(): void {
    const oldest = this.time.now - this.window.graceMs - 2 * this.window.differenceMs - 1
    while (this.#kept.first && this.#kept.first.timestamp < oldest) {
      const kept = this.#kept.shift()!
      const id = storeKey(kept.key)
      const { slides, values } = this.#keys.get(id)!
      values.shift()
      if (values.size === 0 && slides.size === 0) this.#keys.delete(id)
      this.#changedValues.gone(kept)
    }
  }
}

function ifThere(visit: (slide: Slide) => void): (slide: Slide) => void {
  return (slide) => {
    if (slide.value !== undefined) visit(slide)
  }
}
