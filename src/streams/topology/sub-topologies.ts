/**
 * Cuts a topology where records must go to other tasks: before an operator that needs all records
 * of a key in one place, where they may have another key than in the topic that they are from.
 * Between the parts are repartition topics. Where a topic has one partition, nothing is cut: all
 * is in one place already.
 */

import { InvalidTopologyError } from './invalid-topology-error.ts'
import { TopologyNode, nodesBefore } from './topology-node.ts'
import { jsonSerdes } from '../operators/task-context.ts'

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
  readonly #sources = new Map<TopologyNode, TopologyNode>()

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
    const inputs = node.inputs.map((input) => {
      const rebuilt = this.rebuild(input)
      const mustMove = node.isByKey && rebuilt.hasChangedKey && this.#countBefore(node) > 1
      return mustMove ? this.#moved(rebuilt, node) : rebuilt
    })
    if (node.onePartitionBecause !== undefined && this.#countBefore(node) > 1) {
      const message = `${node.name} works on topics with one partition: ${node.onePartitionBecause}`
      throw new InvalidTopologyError(message)
    }
    const isSame = inputs.every((input, index) => input === node.inputs[index])
    const rebuilt = isSame ? node : node.withInputs(inputs)
    this.#rebuilt.set(node, rebuilt)
    return rebuilt
  }

  /** Returns how many partitions the topics have that a node's records are from. */
  #countBefore(node: TopologyNode): number {
    const topics = nodesBefore([node]).flatMap(({ source }) => source ?? [])
    return Math.max(...topics.map((topic) => this.countOf(topic)))
  }

  #moved(input: TopologyNode, before: TopologyNode): TopologyNode {
    const known = this.#sources.get(input)
    if (known) return known
    const topic = this.#partitioning.ownTopic(`${input.name}-repartition`)
    this.topics.set(topic, this.#countBefore(before))
    const name = `${input.name}/moved`
    this.sinks.push(
      new TopologyNode({
        kind: 'repartition',
        name: `${name}-out`,
        inputs: [input],
        sink: topic,
        make: ({ Sink }, context) => new Sink({ topic, node: name, serdes: jsonSerdes }, context),
      }),
    )
    const source = new TopologyNode({
      kind: 'repartitioned',
      name,
      source: topic,
      make: ({ Merge }) => new Merge(1),
    })
    this.#sources.set(input, source)
    return source
  }
}

/** Groups ends that share a node on the way to them, or a topic. */
function connectedParts(ends: readonly TopologyNode[]): TopologyNode[][] {
  const groups: { ends: TopologyNode[]; seen: Set<TopologyNode | string> }[] = []
  for (const end of ends) {
    const seen = new Set<TopologyNode | string>(
      nodesBefore([end]).flatMap((node) => [node, ...(node.source ? [node.source] : [])]),
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
