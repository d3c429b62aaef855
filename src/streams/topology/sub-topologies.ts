/**
 * Cuts a topology where records must go to other tasks: before an operator that needs all records
 * of a key in one place, where they may have another key than in the topic that they are from.
 * Between the parts are repartition topics. Where a topic has one partition, nothing is cut: all
 * is in one place already.
 */

import { InvalidTopologyError } from './invalid-topology-error.ts'
import { TopologyNode, nodesBefore, type Move } from './topology-node.ts'
import { jsonSerdes, textOrJson, type SinkFacts } from '../operators/task-context.ts'
import { string } from '../../client/serde.ts'

/** A part of a topology that runs in tasks of its own, one for each partition of its topics. */
export interface SubTopology {
  /** That of its first topic. */
  readonly name: string
  readonly ends: readonly TopologyNode[]
  /** What it reads. All of them have as many partitions. */
  readonly topics: readonly string[]
  readonly partitionCount: number
}

export interface Partitioning {
  /** Puts the application's name before that of a topic of its own. */
  readonly ownTopic: (name: string) => string
  /** How many partitions a topic has that a program names. */
  readonly countOf: (topic: string) => number
}

export interface CutTopology {
  readonly parts: readonly SubTopology[]
  /** Topics that must be there before it runs, with their partitions. */
  readonly repartitionTopics: ReadonlyMap<string, number>
}

/** @throws InvalidTopologyError where inputs that are to be joined are not partitioned alike */
export function cut(ends: readonly TopologyNode[], partitioning: Partitioning): CutTopology {
  const cutter = new Cutter(partitioning)
  const rebuilt = ends.map((end) => cutter.rebuild(end))
  const parts = connectedParts([...rebuilt, ...cutter.sinks]).map((group) => {
    const nodes = nodesBefore(group)
    const topics = [...new Set(nodes.flatMap(({ source }) => source ?? []))].toSorted()
    const counts = topics.map((topic) => cutter.countOf(topic))
    const partitionCount = Math.max(...counts)
    if (counts.some((count) => count !== partitionCount)) {
      const texts = topics.map((topic, index) => `${topic} has ${counts[index]}`)
      throw new InvalidTopologyError(
        `what is joined or merged must have as many partitions: ${texts.join(', ')}`,
      )
    }
    return { name: topics[0]!, ends: group, topics, partitionCount }
  })
  return { parts, repartitionTopics: cutter.topics }
}

class Cutter {
  /** What ends the parts before repartition topics. */
  readonly sinks: TopologyNode[] = []
  readonly topics = new Map<string, number>()
  readonly #partitioning: Partitioning
  readonly #rebuilt = new Map<TopologyNode, TopologyNode>()
  /** The sources of repartition topics, by what goes there and how many partitions they have. */
  readonly #sources = new Map<TopologyNode, Map<number, TopologyNode>>()

  constructor(partitioning: Partitioning) {
    this.#partitioning = partitioning
  }

  countOf(topic: string): number {
    return this.topics.get(topic) ?? this.#partitioning.countOf(topic)
  }

  /** Returns the node with repartition topics before it, where they are needed. */
  rebuild(node: TopologyNode): TopologyNode {
    const known = this.#rebuilt.get(node)
    if (known) return known
    const inputs = node.inputs.map((input) => this.rebuild(input))
    const rebuilt = this.#across(node, inputs) ?? this.#withMoved(node, inputs)
    this.#rebuilt.set(node, rebuilt)
    return rebuilt
  }

  #across(node: TopologyNode, inputs: readonly TopologyNode[]): TopologyNode | undefined {
    return node.across?.({
      name: node.name,
      inputs,
      partitionCount: this.#countBefore(inputs),
      countOf: (input) => this.#countBefore([input]),
      move: (input, move) => this.#move(input, move),
    })
  }

  /** Moves the inputs whose records may be in the wrong place, to where those of the others are. */
  #withMoved(node: TopologyNode, before: readonly TopologyNode[]): TopologyNode {
    const count = this.#countBefore(before)
    const mustMove = (input: TopologyNode): boolean =>
      node.isByKey && input.hasChangedKey && count > 1
    const staying = before.filter((input) => !mustMove(input))
    const partitions = staying.length > 0 ? this.#countBefore(staying) : count
    const inputs = before.map((input) =>
      mustMove(input) ? this.#moved(input, partitions, staying[0]) : input,
    )
    const isSame = inputs.every((input, index) => input === node.inputs[index])
    return isSame ? node : node.withInputs(inputs)
  }

  /** Returns the most partitions that one of the topics has that records of `nodes` are from. */
  #countBefore(nodes: readonly TopologyNode[]): number {
    const topics = nodesBefore(nodes).flatMap(({ source }) => source ?? [])
    return Math.max(1, ...topics.map((topic) => this.countOf(topic)))
  }

  #moved(input: TopologyNode, partitions: number, like: TopologyNode | undefined): TopologyNode {
    let sources = this.#sources.get(input)
    if (!sources) {
      sources = new Map()
      this.#sources.set(input, sources)
    }
    const known = sources.get(partitions)
    if (known) return known
    const name = sources.size === 0 ? input.name : `${input.name}-${partitions}`
    const source = this.#move(input, { name, partitions, ...(like ? { like } : {}) })
    sources.set(partitions, source)
    return source
  }

  #move(
    input: TopologyNode,
    { name, partitions, like, placedBy = placedAs(like) }: Move,
  ): TopologyNode {
    const topic = this.#partitioning.ownTopic(name.replace(/(.repartition)?$/, '-repartition'))
    this.topics.set(topic, partitions)
    const facts = { topic, node: `${name}/moved`, serdes: jsonSerdes, placedBy }
    this.sinks.push(
      new TopologyNode({
        kind: 'repartition',
        name: `${name}/moved-out`,
        inputs: [input],
        sink: topic,
        make: ({ Sink }, context) => new Sink(facts, context),
      }),
    )
    return new TopologyNode({
      kind: 'repartitioned',
      name: `${name}/moved`,
      source: topic,
      make: ({ Merge }) => new Merge(1),
    })
  }
}

/**
 * Returns how records are placed so that they are where those of `like` with the same key are:
 * by the bytes that the key has there.
 */
export function placedAs(like: TopologyNode | undefined): NonNullable<SinkFacts['placedBy']> {
  const source = like && nodesBefore([like]).find((node) => node.source !== undefined)
  const isText = !source || source.serdes.key === string || source.serdes === jsonSerdes
  const serde = isText ? textOrJson : source.serdes.key
  return (key) => (key === undefined || key === null ? undefined : serde.serialize(key))
}

/** Groups ends that share a node on the way to them, or a topic. */
function connectedParts(ends: readonly TopologyNode[]): TopologyNode[][] {
  const groups: { ends: TopologyNode[]; seen: Set<TopologyNode | string> }[] = []
  for (const end of ends) {
    const seen = new Set<TopologyNode | string>(
      nodesBefore([end])
        .filter((node) => node.global === undefined)
        .flatMap((node) => [node, ...(node.source ? [node.source] : [])]),
    )
    const joined = groups.filter((group) => [...seen].some((item) => group.seen.has(item)))
    const merged = { ends: [end], seen }
    for (const group of joined) {
      merged.ends.unshift(...group.ends)
      for (const item of group.seen) merged.seen.add(item)
      groups.splice(groups.indexOf(group), 1)
    }
    groups.push(merged)
  }
  return groups.map(({ ends: grouped }) => grouped)
}
