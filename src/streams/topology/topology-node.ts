/**
 * The plan of a topology: a node for each operator, which knows where its records come from and
 * how to make the operator for a task. Plans do nothing; a `Task` does.
 */

import type { Serde } from '../../client/record/serde.ts'
import type { Catalog } from '../operators/catalog.ts'
import type { Operator } from '../operators/operator.ts'
import {
  jsonSerdes,
  type Serdes,
  type SinkFacts,
  type TaskContext,
} from '../operators/task-context.ts'

import { codecOf, type Codecs } from '../stores/codec.ts'
import type { EventTime } from './event-time.ts'

/** What else there is to know of a node, for `describe()`. */
export type NodeFacts = Readonly<Record<string, string | number | boolean>>

export interface NodePlan {
  /** What it does, such as `filter`. */
  readonly kind: string
  /** @default made of the name of the first input and `kind` */
  readonly name?: string | undefined
  readonly inputs?: readonly TopologyNode[]
  /** Makes the operator for a task, of those in the catalog. */
  readonly make: (
    operators: Catalog,
    context: TaskContext,
    inputs: readonly Operator[],
    node: TopologyNode,
  ) => Operator
  /** Whether records may have another key behind it than before. */
  readonly changesKey?: boolean
  /** Whether its values are those of its inputs, so that what is known of their bytes holds. */
  readonly keepsValue?: boolean
  /** The same of its keys. @default where it does not change them */
  readonly keepsKey?: boolean
  /** How what comes out of it is bytes, where the program says so. */
  readonly carried?: CarriedSerdes
  /** The topic that it reads. */
  readonly source?: string
  /** When a record of that happened. @default when it says itself */
  readonly timestamp?: EventTime | undefined
  /** The topic that is read as a whole by everyone. */
  readonly global?: string
  /** The topic that it writes. */
  readonly sink?: string
  readonly facts?: NodeFacts
  /** Whether it needs all records of a key in one place. */
  readonly isByKey?: boolean
  /** Which of its inputs, by number, are tables that it looks rows up in. */
  readonly tables?: readonly number[]
  /** Says what takes its place where one task cannot have all that it needs; see `Site`. */
  readonly across?: (site: Site) => TopologyNode | undefined
  /** How keys and values of the topic that it reads or writes are bytes. @default JSON */
  readonly serdes?: Serdes
  /** By which bytes of their keys records of the topic that it reads are placed. @default theirs */
  readonly placing?: Serde<unknown>
  /** Of a node that writes a topic and goes on from it: makes the end that writes. */
  readonly writer?: (input: TopologyNode) => TopologyNode
  /** Of an end that is made of several steps, the first of them. @default itself */
  readonly first?: TopologyNode
}

/**
 * How keys and values on their way are bytes, wherever they go through a topic or are remembered.
 * What is not said is JSON, but that keys which are text are written as they are for others.
 */
export interface CarriedSerdes {
  readonly key?: Serde<unknown> | undefined
  readonly value?: Serde<unknown> | undefined
}

/** Where a node is, once it is known how the topics before it are partitioned. */
export interface Site {
  readonly name: string
  readonly inputs: readonly TopologyNode[]
  /** How many partitions the topics have that it is reached from: the most that one of them has. */
  readonly partitionCount: number
  /** How many partitions the topics have that records of `node` are from. */
  readonly countOf: (node: TopologyNode) => number
  /** By which bytes of their keys records of `node` are placed. */
  readonly placingOf: (node: TopologyNode) => Serde<unknown>
  /** Lets what comes out of `input` go through a topic; returns the source that reads it. */
  readonly move: (input: TopologyNode, move: Move) => TopologyNode
}

export interface Move {
  /** Names the topic. */
  readonly name: string
  readonly partitions: number
  /** By which bytes of their keys records are placed. */
  readonly placing: Serde<unknown>
  /** How they are bytes there. @default as they are known to be before */
  readonly carried?: CarriedSerdes
  /** Where they are placed by something else. */
  readonly placedBy?: SinkFacts['placedBy']
}

export class TopologyNode {
  readonly kind: string
  /** Unique in its topology, and the same in each run of the same program. */
  readonly name: string
  readonly inputs: readonly TopologyNode[]
  readonly make: NodePlan['make']
  readonly source: string | undefined
  readonly timestamp: EventTime | undefined
  readonly global: string | undefined
  readonly sink: string | undefined
  readonly facts: NodeFacts
  readonly isByKey: boolean
  readonly tables: readonly number[]
  readonly across: NodePlan['across']
  readonly serdes: Serdes
  readonly carried: CarriedSerdes
  readonly placing: Serde<unknown> | undefined
  readonly writer: NodePlan['writer']
  readonly first: TopologyNode
  readonly #plan: NodePlan
  /** Whether records may have another key than they had in the topic that they are from. */
  readonly hasChangedKey: boolean
  /** The names that its children have, with what they were made of. */
  readonly #children = new Map<string, string>()

  constructor(plan: NodePlan) {
    const { kind, inputs = [], changesKey = false, keepsKey = !changesKey } = plan
    this.kind = kind
    this.inputs = inputs
    this.make = plan.make
    this.source = plan.source
    this.timestamp = plan.timestamp
    this.global = plan.global
    this.sink = plan.sink
    this.facts = plan.facts ?? {}
    this.isByKey = plan.isByKey ?? false
    this.tables = plan.tables ?? []
    this.across = plan.across
    this.serdes = plan.serdes ?? jsonSerdes
    this.placing = plan.placing
    this.writer = plan.writer
    this.first = plan.first ?? this
    this.#plan = plan
    this.carried = {
      key: plan.carried?.key ?? (keepsKey ? common(inputs, 'key') : undefined),
      value: plan.carried?.value ?? (plan.keepsValue ? common(inputs, 'value') : undefined),
    }
    this.hasChangedKey = changesKey || inputs.some((input) => input.hasChangedKey)
    this.name = plan.name ?? inputs[0]?.nameOfChild(kind) ?? kind
  }

  /** How what comes out of it is JSON, where it is remembered. */
  get codecs(): Codecs {
    return { key: codecOf(this.carried.key), value: codecOf(this.carried.value) }
  }

  /** Returns the same with other inputs. */
  withInputs(inputs: readonly TopologyNode[]): TopologyNode {
    return new TopologyNode({ ...this.#plan, name: this.name, inputs })
  }

  /** Returns `orders/filter`, then `orders/filter-2`, … */
  nameOfChild(kind: string): string {
    const first = `${this.name}/${kind}`
    let name = first
    for (let count = 2; this.#children.has(name); count++) name = `${first}-${count}`
    this.#children.set(name, kind)
    return name
  }

  /**
   * Says that this child, with which an end begins, is done with: the next one of its kind goes on
   * in its name. Of several it cannot be known which one the next is: it would go on where another
   * was.
   */
  forget({ name }: TopologyNode): void {
    const kind = this.#children.get(name)
    const alike = [...this.#children.values()].filter((other) => other === kind)
    if (alike.length === 1) this.#children.delete(name)
  }
}

/** Returns how the records of all of `nodes` are bytes, if that is known and the same. */
function common(nodes: readonly TopologyNode[], part: 'key' | 'value'): Serde<unknown> | undefined {
  const first = nodes[0]?.carried[part]
  return nodes.every(({ carried }) => carried[part] === first) ? first : undefined
}

/** Returns all nodes that records pass on their way to `ends`, each after its inputs. */
export function nodesBefore(ends: readonly TopologyNode[]): TopologyNode[] {
  const found = new Set<TopologyNode>()
  const visit = (node: TopologyNode): void => {
    if (found.has(node)) return
    for (const input of node.inputs) visit(input)
    found.add(node)
  }
  for (const end of ends) visit(end)
  return [...found]
}
