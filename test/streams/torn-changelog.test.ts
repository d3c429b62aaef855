/** A crash in the middle of a commit, at least once: of what changed, a part is in the changelog. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { StreamSources } from '../../src/streams/dsl/stream-source.ts'
import { StreamDriver, type SavedEntry, type SavedState } from '../../src/streams/stream-driver.ts'
import { Window } from '../../src/streams/window.ts'

/** Entries that keep what was done to them, in order. */
class Journal extends Map<string, SavedEntry> {
  readonly #steps: (readonly [id: string, entry: SavedEntry | undefined])[] = []

  override set(id: string, entry: SavedEntry): this {
    this.#steps.push([id, entry])
    return super.set(id, entry)
  }

  override delete(id: string): boolean {
    this.#steps.push([id, undefined])
    return super.delete(id)
  }

  /** Returns `before` with the first of the steps, for each number of them. */
  *prefixes(before: SavedState): Iterable<SavedState> {
    for (let count = 0; count <= this.#steps.length; count++) {
      const entries: SavedState = new Map(before)
      for (const [id, entry] of this.#steps.slice(0, count)) {
        if (entry) entries.set(id, entry)
        else entries.delete(id)
      }
      yield entries
    }
  }
}

function countsOfWindows(sources: StreamSources): void {
  const windows = sources.stream('in').window(Window.tumbling(10)).groupByKey().count().final()
  const counts = sources.results(windows).groupBy(() => 'all')
  counts.reduce(0, (sum, { value }) => sum + value).to('out')
}

test('what a step has handed on is not forgotten before the next one remembers it', () => {
  const before: SavedState = new Map()
  const first = new StreamDriver(countsOfWindows)
  for (const key of ['a', 'b', 'c']) first.send('in', { key, value: 1, timestamp: 1 })
  first.save(before)
  const closing = { key: 'd', value: 1, timestamp: 20 }
  const crashed = new StreamDriver(countsOfWindows)
  crashed.restore(before)
  crashed.send('in', closing)
  const journal = new Journal()
  crashed.save(journal)
  for (const entries of journal.prefixes(before)) {
    const next = new StreamDriver(countsOfWindows)
    next.restore(entries)
    next.send('in', closing)
    next.send('in', { ...closing, timestamp: 40 })
    const total = next.take('out').at(-1)!.value as number
    assert.ok(total >= 4, `${total} of 4 with ${JSON.stringify([...entries.keys()])}`)
  }
})
