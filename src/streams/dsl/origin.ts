/** Where streams begin: what they have in common before they are run, by whomever. */

import { toSerde, type SerdeInput } from '../../client/serde.ts'
import type { RecordFunction } from '../operators/stateless.ts'
import type { RunOptions } from './run-options.ts'
import type { StreamRun } from './stream-queries.ts'
import { textOrJson } from '../operators/task-context.ts'
import { TopologyNode } from '../topology/topology-node.ts'

export interface Origin {
  /** Runs what leads to `end`. */
  run(end: TopologyNode, options: RunOptions): StreamRun
}

/** What `.to()` returns within a program that is run as a whole. */
export function partOfRun(): StreamRun {
  const done = Promise.resolve()
  const refuse = (): never => {
    throw new TypeError('it is part of a run, which can be asked for that')
  }
  return {
    started: done,
    finished: done,
    close: () => done,
    store: refuse,
    windowStore: refuse,
    metrics: refuse,
  }
}

/** What every step takes. */
export interface NamedOptions {
  /** Where state and topics of its own are found again, also by a changed program. */
  readonly name?: string
}

/** How records become bytes on their way to a topic. */
export interface SinkOptions<Value = unknown, Key = unknown> extends NamedOptions {
  /** How values become bytes: a serde, its name, or a Standard Schema. @default 'json' */
  readonly value?: SerdeInput<Value>
  /** How keys become bytes. @default text as it is, and JSON for all else */
  readonly key?: SerdeInput<Key>
}

/** Lets what comes out of `node` be written to `topic`. */
export function writeTo<Value, Key>(
  origin: Origin,
  node: TopologyNode,
  topic: string,
  options: SinkOptions<Value, Key> & RunOptions = {},
): StreamRun {
  return origin.run(sinkOf(node, topic, options), options)
}

export function sinkOf(
  node: TopologyNode,
  topic: string,
  { name, value = 'json', key = textOrJson }: SinkOptions = {},
): TopologyNode {
  const named = name ?? node.nameOfChild(`to-${topic}`)
  const serdes = { key: toSerde(key), value: toSerde(value) }
  return new TopologyNode({
    kind: 'to',
    name: named,
    inputs: [node],
    sink: topic,
    make: ({ Sink }, context) => new Sink({ topic, node: named, serdes }, context),
  })
}

/** Lets `handle` be called with what comes out of `node`. */
export function callWith(
  origin: Origin,
  node: TopologyNode,
  handle: RecordFunction,
  options: NamedOptions & RunOptions = {},
): StreamRun {
  const end = new TopologyNode({
    kind: 'forEach',
    name: options.name,
    inputs: [node],
    make: ({ ForEach }, context) => new ForEach(handle, context),
  })
  return origin.run(end, options)
}
