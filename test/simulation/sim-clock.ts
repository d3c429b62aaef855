/**
 * The time that a whole simulation lives in: a queue of what is to happen, in order of time. It
 * stands still while anything runs, so that a program's own speed makes no difference.
 */

import type { Clock, Timer } from '../../src/runtime/runtime.ts'
import type { Trace } from './trace.ts'

interface Event {
  readonly atMs: number
  readonly order: number
  callback: (() => void) | undefined
}

const stepsOfMs = 1024
const firstMs = 1_700_000_000_000

export class SimClock implements Clock {
  readonly #trace: Trace
  /** A heap: the next event is the first. */
  readonly #events: Event[] = []
  #elapsedMs = 0
  #order = 0

  constructor(trace: Trace) {
    this.#trace = trace
  }

  now(): number {
    return firstMs + Math.floor(this.#elapsedMs)
  }

  monotonic(): number {
    return this.#elapsedMs
  }

  after(delayMs: number, callback: () => void): Timer {
    // In steps that add up without rounding, or 'a + b - b' would be another time than 'a'.
    const atMs = this.#elapsedMs + Math.ceil(Math.max(0, delayMs) * stepsOfMs) / stepsOfMs
    const event: Event = { atMs, order: this.#order++, callback }
    this.#push(event)
    return { cancel: () => void (event.callback = undefined) }
  }

  sleep(delayMs: number): Promise<void> {
    return new Promise((resolve) => void this.after(delayMs, resolve))
  }

  /** Lets the next event happen. Returns whether there was one. */
  step(): boolean {
    for (;;) {
      const event = this.#pop()
      if (!event) return false
      const { callback } = event
      if (!callback) continue
      this.#elapsedMs = event.atMs
      this.#trace.note('clock', event.atMs)
      callback()
      return true
    }
  }

  /** Returns the clock of one process, whose timers end with it. */
  forProcess(): ProcessClock {
    return new ProcessClock(this)
  }

  #push(event: Event): void {
    const events = this.#events
    let at = events.push(event) - 1
    while (at > 0) {
      const parent = (at - 1) >>> 1
      if (isBefore(events[parent]!, event)) break
      events[at] = events[parent]!
      at = parent
    }
    events[at] = event
  }

  #pop(): Event | undefined {
    const events = this.#events
    const first = events[0]
    const last = events.pop()
    if (!first || !last || events.length === 0) return first
    let at = 0
    for (;;) {
      let child = at * 2 + 1
      if (child >= events.length) break
      if (child + 1 < events.length && isBefore(events[child + 1]!, events[child]!)) child++
      if (isBefore(last, events[child]!)) break
      events[at] = events[child]!
      at = child
    }
    events[at] = last
    return first
  }
}

export class ProcessClock implements Clock {
  readonly #clock: SimClock
  #isEnded = false
  /** What is due once the process goes on. */
  #overdue: (() => void)[] | undefined

  constructor(clock: SimClock) {
    this.#clock = clock
  }

  now(): number {
    return this.#clock.now()
  }

  monotonic(): number {
    return this.#clock.monotonic()
  }

  after(delayMs: number, callback: () => void): Timer {
    let isCancelled = false
    const run = (): void => {
      if (!this.#isEnded && !isCancelled) callback()
    }
    const timer = this.#clock.after(delayMs, () => {
      if (this.#overdue) this.#overdue.push(run)
      else run()
    })
    const cancel = (): void => {
      isCancelled = true
      timer.cancel()
    }
    return { cancel }
  }

  sleep(delayMs: number): Promise<void> {
    return new Promise((resolve) => void this.after(delayMs, resolve))
  }

  /** Lets the process stand still, as one that collects garbage, or go on with what is due. */
  freeze(isFrozen: boolean): void {
    const overdue = this.#overdue ?? []
    this.#overdue = isFrozen ? overdue : undefined
    if (!isFrozen) for (const run of overdue) run()
  }

  /** Nothing that was to happen in this process will. */
  end(): void {
    this.#isEnded = true
  }
}

function isBefore(left: Event, right: Event): boolean {
  return left.atMs < right.atMs || (left.atMs === right.atMs && left.order < right.order)
}
