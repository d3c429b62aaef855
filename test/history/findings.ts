/** What the passes find: a count for each anomaly, and the first few in full. */

import type { AnomalyName } from './anomalies.ts'

export interface Finding {
  readonly key: number | undefined
  readonly text: string
  /** Numbers of the operations involved; -1 for one that is not known. */
  readonly ops: readonly number[]
}

const examplesMax = 10

export class Findings {
  readonly #counts = new Map<AnomalyName, number>()
  readonly #examples = new Map<AnomalyName, Finding[]>()

  /** `describe` is called only where the finding is going to be printed. */
  add(
    name: AnomalyName,
    key: number | undefined,
    describe: () => { text: string; ops: readonly number[] },
  ): void {
    const count = (this.#counts.get(name) ?? 0) + 1
    this.#counts.set(name, count)
    if (count > examplesMax) return
    const examples = this.#examples.get(name) ?? []
    examples.push({ key, ...describe() })
    this.#examples.set(name, examples)
  }

  names(): AnomalyName[] {
    return [...this.#counts.keys()].sort()
  }

  count(name: AnomalyName): number {
    return this.#counts.get(name) ?? 0
  }

  examples(name: AnomalyName): readonly Finding[] {
    return this.#examples.get(name) ?? []
  }
}
