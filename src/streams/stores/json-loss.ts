/**
 * What JSON does not give back as it was: a program that remembers such a thing, or lets it go
 * through a topic, would find something else there, and only after a restart.
 */

/** Returns what in `value` JSON loses, in words; `undefined` where it is all there. */
export function lostInJson(value: unknown): string | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : `${value}`
  if (typeof value === 'bigint' || typeof value === 'symbol' || typeof value === 'function') {
    return `a ${typeof value}`
  }
  if (typeof value !== 'object' || value === null) return undefined
  if (Array.isArray(value)) {
    if ((value as unknown[]).includes(undefined)) return 'an undefined in a list'
    return firstLost(value as unknown[])
  }
  const prototype = Object.getPrototypeOf(value) as object | null
  if (prototype !== Object.prototype && prototype !== null) {
    return `an object of the class ${prototype.constructor.name}`
  }
  return firstLost(Object.values(value))
}

function firstLost(values: readonly unknown[]): string | undefined {
  for (const value of values) {
    const lost = lostInJson(value)
    if (lost !== undefined) return lost
  }
  return undefined
}

/** So many of each step are looked at: what is lost is lost in most of them. */
const looksMax = 100

/** Looks at the first things that a step has made JSON of. */
export class JsonCheck {
  readonly #step: string
  #looks = 0

  constructor(step: string) {
    this.#step = step
  }

  /** @throws TypeError where `value` would not be the same afterwards */
  look(part: 'key' | 'value', value: unknown): void {
    if (this.#looks >= looksMax) return
    this.#looks++
    const lost = lostInJson(value)
    if (lost === undefined) return
    throw new TypeError(
      `'${this.#step}' has ${lost} in its ${part}, which JSON does not give back: ` +
        `say \`${part}: structured()\`, or another serde, at the step that makes it`,
    )
  }
}
