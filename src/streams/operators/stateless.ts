/** Operators that look at one record at a time. */

import type { OperatorContext, Receiver } from './operator.ts'
import { PassingOn } from './operator.ts'

export type RecordFunction = (value: unknown, key: unknown) => unknown

export class Filter extends PassingOn {
  readonly #test: RecordFunction

  constructor(test: RecordFunction) {
    super()
    this.#test = test
  }

  receive(key: unknown, value: unknown, timestamp: number): void {
    if (this.#test(value, key)) this.next.receive(key, value, timestamp, undefined)
  }
}

export class MapValue extends PassingOn {
  readonly #map: RecordFunction

  constructor(map: RecordFunction) {
    super()
    this.#map = map
  }

  receive(key: unknown, value: unknown, timestamp: number): void {
    this.next.receive(key, this.#map(value, key), timestamp, undefined)
  }
}

export class FlatMapValue extends PassingOn {
  readonly #map: RecordFunction

  constructor(map: RecordFunction) {
    super()
    this.#map = map
  }

  receive(key: unknown, value: unknown, timestamp: number): void {
    for (const mapped of this.#map(value, key) as Iterable<unknown>) {
      this.next.receive(key, mapped, timestamp, undefined)
    }
  }
}

/** Changes the key, and the value where `map` is given. */
export class SelectKey extends PassingOn {
  readonly #select: RecordFunction

  constructor(select: RecordFunction) {
    super()
    this.#select = select
  }

  receive(key: unknown, value: unknown, timestamp: number): void {
    this.next.receive(this.#select(value, key), value, timestamp, undefined)
  }
}

/** Maps a record to a pair of key and value. */
export class MapRecord extends PassingOn {
  readonly #map: RecordFunction

  constructor(map: RecordFunction) {
    super()
    this.#map = map
  }

  receive(key: unknown, value: unknown, timestamp: number): void {
    const [mappedKey, mappedValue] = this.#map(value, key) as [unknown, unknown]
    this.next.receive(mappedKey, mappedValue, timestamp, undefined)
  }
}

export class Peek extends PassingOn {
  readonly #look: RecordFunction

  constructor(look: RecordFunction) {
    super()
    this.#look = look
  }

  receive(key: unknown, value: unknown, timestamp: number, previous: unknown): void {
    this.#look(value, key)
    this.next.receive(key, value, timestamp, previous)
  }
}

/** Hands on what comes from any of several inputs. */
export class Merge extends PassingOn {
  override readonly inputs: readonly Receiver[]

  constructor(inputCount: number) {
    super()
    this.inputs = Array.from({ length: inputCount }, () => this)
  }

  receive(key: unknown, value: unknown, timestamp: number, previous: unknown): void {
    this.next.receive(key, value, timestamp, previous)
  }
}

/**
 * Finds the first test that a record passes, and hands the record on with its number in place of
 * `previous`, for the `Arm` of that number.
 */
export class Branch extends PassingOn {
  readonly #tests: readonly RecordFunction[]
  readonly #context: OperatorContext

  constructor(tests: readonly RecordFunction[], context: OperatorContext) {
    super()
    this.#tests = tests
    this.#context = context
  }

  receive(key: unknown, value: unknown, timestamp: number): void {
    const tests = this.#tests
    for (let number = 0; number < tests.length; number++) {
      if (tests[number]!(value, key)) return this.next.receive(key, value, timestamp, number)
    }
    this.#context.drop('no match', key, value, timestamp)
  }
}

/** Takes its share of what a `Branch` hands on. */
export class Arm extends PassingOn {
  readonly #number: number

  constructor(number: number) {
    super()
    this.#number = number
  }

  receive(key: unknown, value: unknown, timestamp: number, number: unknown): void {
    if (number === this.#number) this.next.receive(key, value, timestamp, undefined)
  }
}
