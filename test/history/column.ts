/**
 * Numbers in a typed array that grows: a history of a million operations has several million of
 * them, which as objects would not fit into memory.
 */

type Numbers = Int32Array | Float64Array | Uint8Array

export class Column<Kind extends Numbers = Numbers> {
  #numbers: Kind
  length = 0
  readonly #create: new (length: number) => Kind

  constructor(create: new (length: number) => Kind) {
    this.#create = create
    this.#numbers = new create(1024)
  }

  push(number: number): number {
    if (this.length === this.#numbers.length) {
      const larger = new this.#create(this.length * 2)
      larger.set(this.#numbers)
      this.#numbers = larger
    }
    this.#numbers[this.length] = number
    return this.length++
  }

  at(index: number): number {
    return this.#numbers[index]!
  }

  set(index: number, number: number): void {
    this.#numbers[index] = number
  }
}

/** Gives each name a number, from 0 on. */
export class Names {
  readonly #numbers = new Map<string, number>()
  readonly list: string[] = []

  numberOf(name: string): number {
    let number = this.#numbers.get(name)
    if (number === undefined) {
      number = this.list.push(name) - 1
      this.#numbers.set(name, number)
    }
    return number
  }

  find(name: string): number | undefined {
    return this.#numbers.get(name)
  }
}
