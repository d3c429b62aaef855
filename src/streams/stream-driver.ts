/**
 * Runs a topology record by record, without a Kafka, for tests: what comes out of a record is there
 * when `send` returns. It runs what a Kafka would: a task for each partition, and topics in between
 * where records go from one task to another.
 */

import { partitionForKey } from '../client/producer/partitioner.ts'
import type { Serde } from '../client/record/serde.ts'
import type { DroppedRecord } from './dsl/run-options.ts'
import { endsOf, type StreamSources } from './dsl/stream-source.ts'
import type { Serdes, SinkFacts, TaskContext } from './operators/task-context.ts'
import { copyOf, schemaCodec } from './stores/codec.ts'
import type { EntrySource } from './stores/operator-state.ts'
import { canonicalJson } from './stores/store-key.ts'
import { happenedAt, type EventTime } from './topology/event-time.ts'
import { cut, placedAs, type SubTopology } from './topology/sub-topologies.ts'
import { GlobalRows } from './operators/global-table.ts'
import { Task } from './topology/task.ts'
import { nodesBefore, type TopologyNode } from './topology/topology-node.ts'

/** A record that a topology wrote; `undefined` deletes the key. */
export interface DrivenRecord {
  /** As the stream had it; not bytes. */
  readonly key: unknown
  /** As the stream had it; not bytes. */
  readonly value: unknown
  /** Milliseconds since 1970. */
  readonly timestamp: number
}

/** The options of a `StreamDriver`. */
export interface StreamDriverOptions {
  /** How many partitions each topic has. Records are in that of their key. @default 1 */
  readonly partitions?: number
}

/** What operators remember, as it is in changelog topics. */
export type SavedState = Map<string, SavedEntry>

/** What one operator remembers of one key; `undefined` where it has forgotten it. */
export interface SavedEntry {
  /** The task that it belongs to. */
  readonly task: string
  /** The name of the operator. */
  readonly node: string
  /** As the operator has it: with the window, where there is one. */
  readonly key: readonly unknown[]
  /** As the operator has it. */
  readonly value: unknown
}

/** Records that wait for one task, in one partition of one topic. */
interface Waiting {
  readonly task: Task
  readonly topic: string
  readonly records: DrivenRecord[]
}

/** How a `StreamDriver` goes on from where another one was. */
export interface RestoreOptions {
  /**
   * Whether what can be is looked up in the entries when it is needed, as with a `stateFolder`;
   * they must not change then but by `save` of the same driver. @default false
   */
  readonly isLookedUp?: boolean
}

/**
 * Runs streams record by record, without a Kafka: what comes out of a record is there when `send`
 * returns.
 */
export class StreamDriver {
  /** What went no further, in order. */
  readonly drops: DroppedRecord[] = []
  readonly #tasks = new Map<string, Task>()
  readonly #partOf = new Map<string, SubTopology>()
  readonly #waiting = new Map<string, Waiting>()
  readonly #globals = new Map<TopologyNode, GlobalRows>()
  readonly #written = new Map<string, DrivenRecord[]>()
  /** How the topics that are read, are read. */
  readonly #readers = new Map<string, Serdes>()
  /** By which bytes of their keys their records are placed. */
  readonly #placedBy = new Map<string, ReturnType<typeof placedAs>>()
  /** When their records happened, where the program says that. */
  readonly #times = new Map<string, EventTime | undefined>()
  #work: Promise<unknown>[] = []
  #isSettling = false

  /** `build` is the program: it makes streams of `sources`, as it would of a Kafka. */
  constructor(
    build: (sources: StreamSources) => void,
    { partitions = 1 }: StreamDriverOptions = {},
  ) {
    const ends = endsOf(build)
    const { parts } = cut(ends, { ownTopic: (name) => name, countOf: () => partitions })
    for (const node of nodesBefore(ends)) {
      if (node.global === undefined) continue
      this.#globals.set(node, new GlobalRows())
      this.#readers.set(node.global, node.serdes)
    }
    for (const part of parts) {
      for (const node of nodesBefore(part.ends)) {
        if (node.source === undefined) continue
        this.#readers.set(node.source, node.serdes)
        this.#placedBy.set(node.source, placedAs(node))
        this.#times.set(node.source, node.timestamp)
      }
      for (const topic of part.topics) this.#partOf.set(topic, part)
      for (let partition = 0; partition < part.partitionCount; partition++) {
        const task = new Task(part.ends, (node) => this.#context(node, partition))
        this.#tasks.set(taskId(part, partition), task)
      }
    }
  }

  /** Processes one record of `topic`, and all that comes of it. */
  send(topic: string, record: DrivenRecord): void {
    this.post(topic, record)
    while (this.step());
  }

  /** Only puts a record into its partition of `topic`, for `step` to process. */
  post(topic: string, record: DrivenRecord): void {
    const { key, value, timestamp } = record
    const globals = [...this.#globals].filter(([node]) => node.global === topic)
    for (const [, rows] of globals) rows.put(key, value, timestamp)
    if (globals.length > 0 && !this.#partOf.has(topic)) return
    const count = this.#countOf(topic)
    const bytes = this.#placedBy.get(topic)!(key) ?? ''
    this.#enqueue(topic, partitionForKey(bytes, count), record)
  }

  /**
   * Processes the first record that waits in one partition of a topic; `choice` says in which of
   * those that have one, for tests of what may overtake what. Returns whether there was one.
   */
  step(choice = 0): boolean {
    const ids = [...this.#waiting.keys()]
    const id = ids[choice % ids.length]
    if (id === undefined) return false
    const { task, topic, records } = this.#waiting.get(id)!
    const { key, value, timestamp } = records.shift()!
    if (records.length === 0) this.#waiting.delete(id)
    task.process(topic, key, value, happenedAt(this.#times.get(topic), key, value, timestamp))
    return true
  }

  /** Lets time come as far as `timestamp` without a record. */
  advance(timestamp: number): void {
    for (const task of this.#tasks.values()) task.advance(timestamp)
    while (this.step());
  }

  /** Returns what was written to `topic` since it was last asked. */
  take(topic: string): DrivenRecord[] {
    const records = this.#written.get(topic) ?? []
    this.#written.delete(topic)
    return records
  }

  /** Adds what has changed in the state to `entries`, for another driver to go on from. */
  save(entries: SavedState): void {
    for (const [id, task] of this.#tasks) {
      task.drain((node, key, value) => {
        const entryId = canonicalJson([id, node, key])
        if (value === undefined) entries.delete(entryId)
        else entries.set(entryId, { task: id, node, key, value: throughTopic(value) })
      })
    }
  }

  /** Goes on from where another driver with the same program was. */
  restore(entries: SavedState, { isLookedUp = false }: RestoreOptions = {}): void {
    const given = new Map<string, ReadonlySet<string>>()
    if (isLookedUp) {
      for (const [id, task] of this.#tasks) {
        given.set(id, new Set(task.readFrom((node) => sourceIn(entries, id, node))))
      }
    }
    for (const { task, node, key, value } of entries.values()) {
      if (isLookedUp && !given.get(task)!.has(node)) continue
      this.#tasks.get(task)!.restore(node, key, value)
    }
  }

  /**
   * Resolves when the callbacks are done that go on, and those that come of them; rejects with what
   * one of them threw.
   */
  async settled(): Promise<void> {
    this.#isSettling = true
    try {
      do {
        const work = this.#work
        this.#work = []
        await Promise.all(work)
        while (this.step());
      } while (this.#work.length > 0)
    } finally {
      this.#isSettling = false
    }
  }

  #goOn(work: Promise<unknown>): void {
    this.#work.push(work)
    // What fails while another callback is waited for is told after that, and is not unhandled.
    if (this.#isSettling) work.catch(() => {})
  }

  #countOf(topic: string): number {
    const part = this.#partOf.get(topic)
    if (!part) throw new TypeError(`the topology does not read '${topic}'`)
    return part.partitionCount
  }

  #enqueue(topic: string, partition: number, record: DrivenRecord): void {
    const id = `${topic}/${partition}`
    const waiting = this.#waiting.get(id)
    if (waiting) {
      waiting.records.push(record)
      return
    }
    const task = this.#tasks.get(taskId(this.#partOf.get(topic)!, partition))!
    this.#waiting.set(id, { task, topic, records: [record] })
  }

  #context(node: TopologyNode, partition: number): TaskContext {
    const { name: step } = node
    return {
      partition,
      globalRows: this.#globals.get(node),
      drop: (reason, key, value, timestamp) => {
        this.drops.push({ reason, step, key, value, timestamp })
      },
      late: (late) => this.drops.push({ reason: 'late', step, ...late }),
      send: (sink, key, value, timestamp) => this.#send(sink, { key, value, timestamp }),
      wait: (work) => this.#goOn(work),
      hold: (work) => this.#goOn(work),
    }
  }

  #send({ topic, serdes, placedBy }: SinkFacts, record: DrivenRecord): void {
    if (!placedBy) {
      // The program may change what it has written.
      const written = { ...record, value: copyOf(record.value, schemaCodec) }
      const records = this.#written.get(topic)
      if (records) records.push(written)
      else this.#written.set(topic, [written])
    }
    const sources = this.#readers.get(topic)
    if (!sources) return
    const key = asBytes(serdes.key, record.key)
    const value = asBytes(serdes.value, record.value)
    const read = (serdes: Serdes): DrivenRecord => ({
      key: key && serdes.key.deserialize(key),
      value: value && serdes.value.deserialize(value),
      timestamp: record.timestamp,
    })
    for (const [node, rows] of this.#globals) {
      const { key, value, timestamp } = read(node.serdes)
      if (node.global === topic) rows.put(key, value, timestamp)
    }
    if (!this.#partOf.has(topic)) return
    const place = placedBy ? (placedBy(record.key, record.value) ?? '') : (key ?? '')
    const count = this.#countOf(topic)
    const partition = typeof place === 'number' ? place : partitionForKey(place, count)
    this.#enqueue(topic, partition, read(sources))
  }
}

function asBytes(serde: Serde<unknown>, value: unknown): Uint8Array | undefined {
  if (value === undefined || value === null) return undefined
  const written = serde.serialize(value)
  return typeof written === 'string' ? new TextEncoder().encode(written) : written
}

/** Returns `value` as it comes back from a changelog. */
function throughTopic<Value>(value: Value): Value {
  return JSON.parse(JSON.stringify(value)) as Value
}

function taskId({ name }: SubTopology, partition: number): string {
  return `${name}/${partition}`
}

function sourceIn(entries: SavedState, task: string, node: string): EntrySource {
  return {
    get: (key) => {
      const entry = entries.get(canonicalJson([task, node, key]))
      return entry && throughTopic(entry.value)
    },
    forEach: (visit) => {
      for (const entry of entries.values()) {
        if (entry.task === task && entry.node === node) visit(entry.key, entry.value)
      }
    },
  }
}
