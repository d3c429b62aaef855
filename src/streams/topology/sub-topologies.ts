/**
 * Cuts a topology where records must go to other tasks: before an operator that needs all records
 * of a key in one place, where they may have another key than in the topic that they are from.
 * Between the parts are repartition topics. Where a topic has one partition, nothing is cut: all
 * is in one place already.
 */

import { json, string, type Serde } from '../../client/record/serde.ts'
import { InvalidTopologyError } from './invalid-topology-error.ts'
import { refuseAmbiguity } from './ambiguity.ts'
import { TopologyNode, nodesBefore, type Move } from './topology-node.ts'
import { textOrJson } from '../operators/task-context.ts'

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

/**
 * @throws InvalidTopologyError where inputs that are to be joined are not partitioned alike, or
 * where steps cannot be told from each other
 */
export function cut(ends: readonly TopologyNode[], partitioning: Partitioning): CutTopology {
  refuseAmbiguity(nodesBefore(ends))
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
        `what is joined or merged must have as many partitions: ${texts.join(', ')}; ` +
          'let one of them go through repartition({ partitions }), or join by `on`',
      )
    }
    return { name: topics[0]!, ends: group, topics, partitionCount }
  })
  return { parts, repartitionTopics: cutter.topics }
}

interface Moved {
  readonly partitions: number
  readonly placing: Serde<unknown>
  readonly source: TopologyNode
}

class Cutter {
  /** What ends the parts before repartition topics. */
  readonly sinks: TopologyNode[] = []
  readonly topics = new Map<string, number>()
  readonly #partitioning: Partitioning
  readonly #rebuilt = new Map<TopologyNode, TopologyNode>()
  /** The sources of repartition topics, by what goes there. */
  readonly #moved = new Map<TopologyNode, Moved[]>()
  /** The tables behind those of them that are looked up. */
  readonly #tables = new Map<TopologyNode, TopologyNode>()

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
    const rebuilt =
      this.#through(node, inputs) ?? this.#across(node, inputs) ?? this.#withMoved(node, inputs)
    this.#rebuilt.set(node, rebuilt)
    return rebuilt
  }

  /** Where records go on from the topic that they are written to, another part begins. */
  #through(node: TopologyNode, inputs: readonly TopologyNode[]): TopologyNode | undefined {
    if (!node.writer) return undefined
    this.sinks.push(node.writer(inputs[0]!))
    return node.withInputs([])
  }

  #across(node: TopologyNode, inputs: readonly TopologyNode[]): TopologyNode | undefined {
    return node.across?.({
      name: node.name,
      inputs,
      partitionCount: this.#countBefore(inputs),
      countOf: (input) => this.#countBefore([input]),
      placingOf,
      move: (input, move) => this.#move(input, move),
    })
  }

  /** Moves the inputs whose records may be in the wrong place, to where those of the others are. */
  #withMoved(node: TopologyNode, before: readonly TopologyNode[]): TopologyNode {
    const count = this.#countBefore(before)
    const mustMove = (input: TopologyNode): boolean =>
      node.isByKey && input.hasChangedKey && count > 1
    const staying = before.filter((input) => !mustMove(input))
    const [like] = staying
    const partitions = like ? this.#countBefore(staying) : count
    const placing = like ? placingOf(like) : (before[0]?.carried.key ?? textOrJson)
    const inputs = before.map((input, index) => {
      if (!mustMove(input)) return input
      const moved = this.#moveOnce(input, partitions, placing)
      return node.tables.includes(index) ? this.#tableOf(moved) : moved
    })
    const isSame = inputs.every((input, index) => input === node.inputs[index])
    return isSame ? node : node.withInputs(inputs)
  }

  /** Returns the most partitions that one of the topics has that records of `nodes` are from. */
  #countBefore(nodes: readonly TopologyNode[]): number {
    const topics = nodesBefore(nodes).flatMap(({ source }) => source ?? [])
    return Math.max(1, ...topics.map((topic) => this.countOf(topic)))
  }

  #moveOnce(input: TopologyNode, partitions: number, placing: Serde<unknown>): TopologyNode {
    const all = this.#moved.get(input) ?? []
    this.#moved.set(input, all)
    const known = all.find((one) => one.partitions === partitions && one.placing === placing)
    if (known) return known.source
    const isTaken = all.some((one) => one.partitions === partitions)
    const suffix = all.length === 0 ? '' : `-${partitions}${isTaken ? `-${all.length + 1}` : ''}`
    const source = this.#move(input, { name: `${input.name}${suffix}`, partitions, placing })
    all.push({ partitions, placing, source })
    return source
  }

  /** Returns the table whose changes `moved` reads. */
  #tableOf(moved: TopologyNode): TopologyNode {
    const known = this.#tables.get(moved)
    if (known) return known
    const table = new TopologyNode({
      kind: 'toTable',
      name: `${moved.name}/table`,
      inputs: [moved],
      keepsValue: true,
      make: ({ TableSource }, context, _, { codecs }) => new TableSource(context, codecs),
    })
    this.#tables.set(moved, table)
    return table
  }

  #move(
    input: TopologyNode,
    { name, partitions, placing, placedBy, carried = input.carried }: Move,
  ): TopologyNode {
    const topic = this.#partitioning.ownTopic(name.replace(/(.repartition)?$/, '-repartition'))
    if (this.topics.has(topic)) {
      throw new InvalidTopologyError(`two steps write to '${topic}': give one another \`name\``)
    }
    this.topics.set(topic, partitions)
    const { key = json, value = json } = carried
    const serdes = { key, value }
    const facts = {
      topic,
      node: `${name}/moved`,
      serdes,
      placedBy: placedBy ?? ((placed: unknown) => bytesOf(placed, placing)),
    }
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
      serdes,
      carried,
      placing,
      make: ({ Merge }) => new Merge(1),
    })
  }
}

/** Returns what has the bytes by which a key of `node` is placed; `undefined` where it has none. */
export function placedAs(node: TopologyNode): (key: unknown) => Uint8Array | string | undefined {
  const placing = placingOf(node)
  return (key) => bytesOf(key, placing)
}

function placingOf(node: TopologyNode): Serde<unknown> {
  const source = nodesBefore([node]).find((before) => before.source !== undefined)
  if (source?.placing) return source.placing
  return !source || source.serdes.key === string ? textOrJson : source.serdes.key
}

function bytesOf(key: unknown, serde: Serde<unknown>): Uint8Array | string | undefined {
  return key === undefined || key === null ? undefined : serde.serialize(key)
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
