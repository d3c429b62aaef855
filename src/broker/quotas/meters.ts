/**
 * Meters by who shares them. Anybody can call themselves by many names, so the number of meters is
 * bounded: those that know nothing any more make room, and if need be the oldest.
 */

import type { Limit } from './client-quotas.ts'

const metersMax = 10_000

export class Meters<Meter> {
  readonly #byKey = new Map<string, Meter>()
  readonly #create: () => Meter
  readonly #isIdle: (meter: Meter) => boolean

  constructor(create: () => Meter, isIdle: (meter: Meter) => boolean) {
    this.#create = create
    this.#isIdle = isIdle
  }

  get size(): number {
    return this.#byKey.size
  }

  of({ user, clientId }: Pick<Limit, 'user' | 'clientId'>): Meter {
    const key = JSON.stringify([user, clientId])
    const known = this.#byKey.get(key)
    if (known) return known
    if (this.#byKey.size >= metersMax) this.#makeRoom()
    const meter = this.#create()
    this.#byKey.set(key, meter)
    return meter
  }

  #makeRoom(): void {
    for (const [key, meter] of this.#byKey) if (this.#isIdle(meter)) this.#byKey.delete(key)
    // A part of them at once, since to look through all of them for each new one takes too long.
    for (const key of this.#byKey.keys()) {
      if (this.#byKey.size <= (metersMax * 9) / 10) return
      this.#byKey.delete(key)
    }
  }
}
