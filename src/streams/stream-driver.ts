/**
 * Runs a topology record by record, without a Kafka, for tests: what comes out of a record is there
 * when `send` returns. It runs what a Kafka would, for one partition of each topic.
 */

import type { DroppedRecord } from './dsl/run-options.ts'
import type { StreamRun } from './dsl/origin.ts'
import { changesOf, resultsOf, streamOf, tableOf } from './dsl/stream-source.ts'
import type { StreamSources } from './dsl/stream-source.ts'
import { canonicalJson } from './stores/store-key.ts'
import { Task } from './topology/task.ts'
import type { TopologyNode } from './topology/topology-node.ts'
import type { TaskContext } from './operators/task-context.ts'

/** A record that a topology wrote; `undefined` deletes the key. */
export interface DrivenRecord {
  readonly key: unknown
  readonly value: unknown
  readonly timestamp: number
}

/** What operators remember, as it is in changelog topics. */
export type SavedState = Map<
  string,
  { readonly node: string; readonly key: readonly unknown[]; readonly value: unknown }
>

export class StreamDriver {
  /** What went no further, in order. */
  readonly drops: DroppedRecord[] = []
  readonly #task: Task
  readonly #written = new Map<string, DrivenRecord[]>()
  #work: Promise<unknown>[] = []

  /** `build` is the program: it makes streams of `sources`, as it would of a Kafka. */
  constructor(build: (sources: StreamSources) => void) {
    const ends: TopologyNode[] = []
    const run = (end: TopologyNode): StreamRun => {
      ends.push(end)
      const done = Promise.resolve()
      return { started: done, finished: done, close: () => done }
    }
    const origin = { run }
    build({
      stream: (topic, options) => streamOf(origin, topic, options),
      table: (topic, options) => tableOf(origin, topic, options),
      changes: (table) => changesOf(origin, table),
      results: (table) => resultsOf(origin, table),
    })
    this.#task = new Task(ends, ({ name }) => this.#context(name))
  }

  /** Processes one record of `topic`. */
  send(topic: string, { key, value, timestamp }: DrivenRecord): void {
    this.#task.process(topic, key, value, timestamp)
  }

  /** Lets time come as far as `timestamp` without a record. */
  advance(timestamp: number): void {
    this.#task.advance(timestamp)
  }

  /** Returns what was written to `topic` since it was last asked. */
  take(topic: string): DrivenRecord[] {
    const records = this.#written.get(topic) ?? []
    this.#written.delete(topic)
    return records
  }

  /** Adds what has changed in the state to `entries`, for another driver to go on from. */
  save(entries: SavedState): void {
    this.#task.drain((node, key, value) => {
      const id = canonicalJson([node, key])
      if (value === undefined) entries.delete(id)
      // As it would come back from a topic.
      else entries.set(id, { node, key, value: JSON.parse(JSON.stringify(value)) as unknown })
    })
  }

  /** Goes on from where another driver with the same program was. */
  restore(entries: SavedState): void {
    for (const { node, key, value } of entries.values()) this.#task.restore(node, key, value)
  }

  /** Resolves when the callbacks are done that go on; rejects with what one of them threw. */
  async settled(): Promise<void> {
    const work = this.#work
    this.#work = []
    await Promise.all(work)
  }

  #context(step: string): TaskContext {
    return {
      drop: (reason, key, value, timestamp) => {
        this.drops.push({ reason, step, key, value, timestamp })
      },
      send: ({ topic }, key, value, timestamp) => {
        const records = this.#written.get(topic)
        if (records) records.push({ key, value, timestamp })
        else this.#written.set(topic, [{ key, value, timestamp }])
      },
      wait: (work) => this.#work.push(work),
      hold: (work) => this.#work.push(work),
    }
  }
}
