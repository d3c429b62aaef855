/** Where streams begin: what they have in common before they are run, by whomever. */

import { ForEach, Sink } from '../operators/ends.ts'
import type { RecordFunction } from '../operators/stateless.ts'
import { TopologyNode } from '../topology/topology-node.ts'

/** What `.to()` and `.forEach()` return: the running of what leads there. */
export interface StreamRun {
  /** Resolves once it is at work. */
  readonly started: Promise<void>
  /** Settles when it has ended: rejects with what it failed of. */
  readonly finished: Promise<void>
  /** Finishes what is under way, commits, and leaves. */
  close(): Promise<void>
}

export interface Origin {
  /** Runs what leads to `end`. */
  run(end: TopologyNode): StreamRun
}

export interface NamedOptions {
  /** Where state and topics of its own are found again, also by a changed program. */
  readonly name?: string
}

/** Lets what comes out of `node` be written to `topic`. */
export function writeTo(
  origin: Origin,
  node: TopologyNode,
  topic: string,
  { name }: NamedOptions = {},
): StreamRun {
  return origin.run(sinkOf(node, topic, name))
}

export function sinkOf(node: TopologyNode, topic: string, name?: string): TopologyNode {
  const named = name ?? node.nameOfChild(`to-${topic}`)
  return new TopologyNode({
    kind: 'to',
    name: named,
    inputs: [node],
    sink: topic,
    make: (context) => new Sink({ topic, node: named }, context),
  })
}

/** Lets `handle` be called with what comes out of `node`. */
export function callWith(
  origin: Origin,
  node: TopologyNode,
  handle: RecordFunction,
  { name }: NamedOptions = {},
): StreamRun {
  return origin.run(
    new TopologyNode({
      kind: 'forEach',
      name,
      inputs: [node],
      make: (context) => new ForEach(handle, context),
    }),
  )
}
