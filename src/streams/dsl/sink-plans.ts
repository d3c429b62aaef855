/** The plans of what ends a stream: a topic, or a function of the program. */

import { json, string, type Serde, type WriterSerdeInput } from '../../client/record/serde.ts'
import type { RecordFunction } from '../operators/stateless.ts'
import { textOrJson, type Serdes } from '../operators/task-context.ts'
import { isOfCodec } from '../stores/codec.ts'
import { TopologyNode } from '../topology/topology-node.ts'
import { carriedBy } from './carried-options.ts'
import { isIterated } from './iterate.ts'
import type { NamedOptions, Origin } from './origin.ts'
import type { RunOptions } from './run-options.ts'
import type { StreamRun } from './stream-queries.ts'

/** How records become bytes on their way to a topic. */
export interface SinkOptions<Value = unknown, Key = unknown> extends NamedOptions {
  /**
   * How values become bytes: a serde, its name, or a Standard Schema.
   *
   * @default as they were read, where they still are what was read, and not by a schema; else JSON
   */
  readonly value?: WriterSerdeInput<Value>
  /** How keys become bytes. @default as they were read; else text as it is, and JSON for others */
  readonly key?: WriterSerdeInput<Key>
}

/** How a function of the program is called. */
export interface ForEachOptions extends NamedOptions {
  /**
   * Which calls wait for each other: those for one key, one after the other, or none. What collects
   * records, to settle many of them together, has to have `false`.
   *
   * @default 'key'
   */
  readonly ordered?: 'key' | false
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
  { name = node.nameOfChild(`to-${topic}`), key, value }: SinkOptions = {},
): TopologyNode {
  const said = carriedBy({ key, value })
  const serdes = {
    key: said.key ?? asRead(node.carried.key) ?? textOrJson,
    value: said.value ?? asRead(node.carried.value) ?? json,
  }
  return new TopologyNode({
    kind: 'to',
    name,
    inputs: [node],
    sink: topic,
    make: ({ Sink }, context) => new Sink({ topic, node: name, serdes }, context),
  })
}

/**
 * Returns the plan that writes records to a topic of the program's, and goes on with what is there:
 * also with what others write to it.
 */
export function throughNode(
  input: TopologyNode,
  topic: string,
  options: SinkOptions,
): TopologyNode {
  const { name = input.nameOfChild(`through-${topic}`) } = options
  const said = carriedBy(options)
  const key = said.key ?? asRead(input.carried.key)
  const value = said.value ?? asRead(input.carried.value)
  const read = { key: key ?? string, value: value ?? json } as Serdes
  const facts = { topic, node: name, serdes: { ...read, key: key ?? textOrJson } }
  return new TopologyNode({
    kind: 'through',
    name,
    inputs: [input],
    source: topic,
    serdes: read,
    carried: { key, value },
    make: ({ StreamSource }, context) => new StreamSource(context),
    writer: (written) =>
      new TopologyNode({
        kind: 'to',
        name: `${name}/written`,
        inputs: [written],
        sink: topic,
        make: ({ Sink }, context) => new Sink(facts, context),
      }),
  })
}

/** What is for topics of the application is not for those of the program. */
function asRead(serde: Serde<unknown> | undefined): Serde<unknown> | undefined {
  return serde && isOfCodec(serde) ? undefined : serde
}

/** Lets `handle` be called with what comes out of `node`. */
export function callWith(
  origin: Origin,
  node: TopologyNode,
  handle: RecordFunction,
  options: ForEachOptions & RunOptions = {},
): StreamRun {
  // A loop takes one after the other anyway.
  const ordered = isIterated(options) ? false : (options.ordered ?? 'key')
  const end = new TopologyNode({
    kind: 'forEach',
    name: options.name,
    inputs: [node],
    make: ({ ForEach }, context) => new ForEach(handle, context, ordered),
  })
  return origin.run(end, options)
}
