/**
 * A topology at work: operators for one partition of its inputs, put together as its plan says.
 * It knows nothing of Kafka: records are handed in, and come out through its context.
 */

import { catalog } from '../operators/catalog.ts'
import { BothSides, FanOut, nobody, type Operator, type Receiver } from '../operators/operator.ts'
import { JsonCheck } from '../stores/json-loss.ts'
import type { EntrySource, OperatorState } from '../stores/operator-state.ts'
import { nodesBefore, type TopologyNode } from './topology-node.ts'
import type { TaskContext } from '../operators/task-context.ts'

export class Task {
  /** What takes the records of each topic. */
  readonly #sources = new Map<string, Receiver>()
  /** What the operators have to remember, by the names of their nodes. */
  readonly #states = new Map<string, OperatorState>()
  readonly #checks = new Map<string, JsonCheck>()
  /** By the names of their nodes, to be looked into. */
  readonly #operators = new Map<string, Operator>()
  /** Those whose results depend on time. */
  readonly #timed: Operator[] = []

  /** `contextOf` gives each node what its operator is to know of the task. */
  constructor(ends: readonly TopologyNode[], contextOf: (node: TopologyNode) => TaskContext) {
    const operators = new Map<TopologyNode, Operator>()
    const sources = new Map<string, Receiver[]>()
    const receivers = new Map<TopologyNode, Receiver[]>()
    for (const node of nodesBefore(ends)) {
      const inputs = node.inputs.map((input) => operators.get(input)!)
      const operator = node.make(catalog, contextOf(node), inputs, node)
      operators.set(node, operator)
      this.#operators.set(node.name, operator)
      node.inputs.forEach((input, index) => push(receivers, input, operator.inputs[index]!))
      if (node.source !== undefined) push(sources, node.source, operator.inputs[0]!)
      if (operator.state) {
        this.#states.set(node.name, operator.state)
        this.#checks.set(node.name, new JsonCheck(node.name))
      }
      if (operator.advance) this.#timed.push(operator)
    }
    const joins = joinsBehind(operators)
    for (const [node, operator] of operators) {
      const behind = together(receivers.get(node))
      const both = joins.get(node)
      operator.next = both ? new BothSides(behind, both) : behind
    }
    for (const [topic, list] of sources) this.#sources.set(topic, together(list))
  }

  /** Processes one record of a topic, with all that comes of it. */
  process(topic: string, key: unknown, value: unknown, timestamp: number): void {
    this.#sources.get(topic)!.receive(key, value, timestamp, undefined)
  }

  operatorOf(node: string): Operator | undefined {
    return this.#operators.get(node)
  }

  /** Names of the nodes that have something to remember. */
  get stateNames(): string[] {
    return [...this.#states.keys()]
  }

  /**
   * Lets states look their entries up that can do with that. Returns the names of the nodes whose
   * entries are to be given back.
   */
  readFrom(sourceOf: (node: string) => EntrySource): string[] {
    const others: string[] = []
    for (const [node, state] of this.#states) {
      if (state.readFrom) state.readFrom(sourceOf(node))
      else others.push(node)
    }
    return others
  }

  /**
   * Calls `write` with all that has changed in the state since the last time: first of the last
   * operators. Where a crash leaves a part of it, at least once, what one has handed on is with the
   * next before that one forgets it.
   *
   * @throws TypeError where something is not JSON, and has no serde
   */
  drain(write: (node: string, key: readonly unknown[], value: unknown) => void): void {
    for (const [node, state] of [...this.#states].toReversed()) {
      const check = this.#checks.get(node)!
      state.drain((key, value) => {
        check.look('key', key)
        check.look('value', value)
        write(node, key, value)
      })
    }
  }

  /** Takes an entry back that `drain` wrote. One of a node that is no more is left out. */
  restore(node: string, key: readonly unknown[], value: unknown): void {
    this.#states.get(node)?.restore(key, value)
  }

  /** Has what is still on its way go no further. */
  giveUp(): void {
    for (const operator of this.#operators.values()) operator.giveUp?.()
  }

  /** Lets time come as far as `timestamp` without a record: windows close that are over then. */
  advance(timestamp: number): void {
    for (const operator of this.#timed) operator.advance!(timestamp)
  }

  /** The same for each operator from where its own records have brought it. */
  advanceBy(passedMs: number): void {
    for (const operator of this.#timed) operator.advance!(operator.state!.time!.observed + passedMs)
  }
}

/** Returns the joins of tables both of whose sides are made of one, by that. */
function joinsBehind(
  operators: ReadonlyMap<TopologyNode, Operator>,
): Map<TopologyNode, Operator[]> {
  const joins = new Map<TopologyNode, Operator[]>()
  for (const [{ inputs }, operator] of operators) {
    if (!operator.changing) continue
    const [left, right] = inputs.map((input) => new Set(nodesBefore([input])))
    for (const node of left!) {
      if (right!.has(node) && operators.get(node)!.view) push(joins, node, operator)
    }
  }
  return joins
}

function push<Key, Item>(lists: Map<Key, Item[]>, key: Key, item: Item): void {
  const list = lists.get(key)
  if (list) list.push(item)
  else lists.set(key, [item])
}

function together(receivers: readonly Receiver[] = []): Receiver {
  if (receivers.length > 1) return new FanOut(receivers)
  return receivers[0] ?? nobody
}
