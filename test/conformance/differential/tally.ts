/** What a run has seen: requests by API, and every difference that is not listed. */

import type { Difference } from './compare.ts'
import { listedDifferences, type ListedDifference } from './differences.ts'
import type { Step } from './script.ts'

interface Row {
  readonly versions: Set<number>
  readonly steps: Set<string>
  requests: number
  equal: number
  listed: number
  different: number
  words: number
}

export interface Outcome {
  readonly words: readonly Difference[]
  readonly unlisted: readonly Difference[]
  readonly listedCount: number
}

export class Tally {
  readonly #rows = new Map<string, Row>()
  readonly #listed = new Map<ListedDifference, number>()
  /** Of each difference the versions and steps in which it was seen, by its kind. */
  readonly #unlisted = new Map<string, Seen>()
  readonly #words = new Map<string, number>()

  countListed(listed: ListedDifference): void {
    this.#listed.set(listed, (this.#listed.get(listed) ?? 0) + 1)
  }

  count({ api, version, label }: Step, { words, unlisted, listedCount }: Outcome): void {
    const row = this.#rowOf(api)
    row.versions.add(version)
    row.steps.add(label)
    row.requests++
    if (unlisted.length > 0) row.different++
    else if (listedCount > 0) row.listed++
    else row.equal++
    if (words.length > 0) row.words++
    for (const one of unlisted) {
      const kind = `${api}: ${kindOf(one)}`
      const example = `${api}: ${textOf(one)}`
      const seen = this.#unlisted.get(kind) ?? { example, versions: [], labels: new Set() }
      seen.versions.push(version)
      seen.labels.add(label)
      this.#unlisted.set(kind, seen)
    }
    for (const { theirs, ours } of words) {
      const text = `${api}: ${JSON.stringify(ours)}, of Apache Kafka ${JSON.stringify(theirs)}`
      this.#words.set(text, (this.#words.get(text) ?? 0) + 1)
    }
  }

  get requests(): number {
    return [...this.#rows.values()].reduce((sum, { requests }) => sum + requests, 0)
  }

  /** Requests whose answers differ in what is not listed. */
  get differentCount(): number {
    return [...this.#rows.values()].reduce((sum, { different }) => sum + different, 0)
  }

  get steps(): number {
    return [...this.#rows.values()].reduce((sum, { steps }) => sum + steps.size, 0)
  }

  /** Returns what is not listed, a line for each difference, with its versions and steps. */
  unlisted(): string[] {
    return [...this.#unlisted.values()].map(({ example, versions, labels }) => {
      return `${example} (versions ${rangesOf(versions)}; ${[...labels].join('; ')})`
    })
  }

  /** Whether this was seen before, and is not listed. */
  isKnown(api: string, difference: Difference): boolean {
    return this.#unlisted.has(`${api}: ${kindOf(difference)}`)
  }

  /** Returns the texts for people that differ. */
  words(): string[] {
    return [...this.#words.keys()].toSorted()
  }

  /** Returns the listed differences that did not occur. */
  obsolete(): ListedDifference[] {
    return listedDifferences.filter((listed) => !this.#listed.has(listed))
  }

  /** Returns which versions of an API were asked. */
  versionsOf(api: string): ReadonlySet<number> {
    return this.#rows.get(api)?.versions ?? new Set()
  }

  table(): string {
    const titles = ['API', 'versions', 'steps', 'requests', 'equal', 'listed', 'different', 'words']
    const rows = [...this.#rows].map(([api, row]) => {
      const { versions, steps, requests, equal, listed, different, words } = row
      const counts = [steps.size, requests, equal, listed, different, words].map(String)
      return [api, rangesOf([...versions]), ...counts]
    })
    const all = [titles, ...rows]
    const widths = titles.map((_, at) => Math.max(...all.map((cells) => cells[at]!.length)))
    const pad = (cell: string, at: number): string => {
      return at < 2 ? cell.padEnd(widths[at]!) : cell.padStart(widths[at]!)
    }
    return all.map((cells) => `${cells.map(pad).join('  ').trimEnd()}\n`).join('')
  }

  #rowOf(api: string): Row {
    const known = this.#rows.get(api)
    if (known) return known
    const row: Row = {
      versions: new Set(),
      steps: new Set(),
      requests: 0,
      equal: 0,
      listed: 0,
      different: 0,
      words: 0,
    }
    this.#rows.set(api, row)
    return row
  }
}

interface Seen {
  readonly example: string
  readonly versions: number[]
  readonly labels: Set<string>
}

/** What is alike is told of once: numbers, and entries of a list, are not looked into. */
function kindOf({ path, theirs, ours }: Difference): string {
  const kind = (value: Difference['ours']): string => {
    if (typeof value === 'number' && value > 0) return 'number'
    return typeof value === 'object' && value !== null ? 'entry' : (JSON.stringify(value) ?? '')
  }
  return `${path} ${kind(theirs)} ${kind(ours)}`
}

function textOf({ path, theirs, ours }: Difference): string {
  const [expected, actual] = [theirs, ours].map((value) => JSON.stringify(value) ?? 'not there')
  return `${path} is ${actual}, of Apache Kafka ${expected}`
}

/** Writes 3, 4, 5, 9 as `3–5, 9`. */
function rangesOf(numbers: readonly number[]): string {
  const sorted = [...new Set(numbers)].toSorted((a, b) => a - b)
  const ranges: [number, number][] = []
  for (const number of sorted) {
    const last = ranges.at(-1)
    if (last && last[1] === number - 1) last[1] = number
    else ranges.push([number, number])
  }
  return ranges.map(([from, to]) => (from === to ? `${from}` : `${from}–${to}`)).join(', ')
}
