/** Directed graphs of numbered nodes with labelled edges; their cycles, by Tarjan's algorithm. */

import { Column } from './column.ts'

export interface Edge {
  readonly from: number
  readonly to: number
  readonly label: number
}

/** From how many nodes a short cycle is looked for. */
const startsTried = 16

/** Edges are added first; the first question sorts them by their origin. */
export class Graph {
  readonly nodeCount: number
  readonly #from = new Column(Int32Array)
  readonly #to = new Column(Int32Array)
  readonly #label = new Column(Int32Array)

  constructor(nodeCount: number) {
    this.nodeCount = nodeCount
  }

  add({ from, to, label }: Edge): void {
    this.#from.push(from)
    this.#to.push(to)
    this.#label.push(label)
  }

  /** Edges by origin: those of `node` are `edges[starts[node]]` to `edges[starts[node + 1]]`. */
  #byOrigin(): { starts: Int32Array; edges: Int32Array } {
    const starts = new Int32Array(this.nodeCount + 1)
    for (let edge = 0; edge < this.#from.length; edge++) starts[this.#from.at(edge) + 1]!++
    for (let node = 0; node < this.nodeCount; node++) starts[node + 1]! += starts[node]!
    const next = starts.slice()
    const edges = new Int32Array(this.#from.length)
    for (let edge = 0; edge < edges.length; edge++) edges[next[this.#from.at(edge)]!++] = edge
    return { starts, edges }
  }

  /** Returns the groups of nodes that all reach each other, those of one node left out. */
  cyclicComponents(): number[][] {
    const { starts, edges } = this.#byOrigin()
    const components: number[][] = []
    // 0 is not visited yet; numbers are in the order of the visit, from 1 on.
    const order = new Int32Array(this.nodeCount)
    const low = new Int32Array(this.nodeCount)
    const isOnStack = new Uint8Array(this.nodeCount)
    const nextEdge = starts.slice(0, this.nodeCount)
    const stack: number[] = []
    const path: number[] = []
    let visited = 0
    const enter = (node: number): void => {
      order[node] = low[node] = ++visited
      isOnStack[node] = 1
      stack.push(node)
      path.push(node)
    }
    const leave = (node: number): void => {
      path.pop()
      const parent = path.at(-1)
      if (parent !== undefined) low[parent] = Math.min(low[parent]!, low[node]!)
      if (low[node] !== order[node]) return
      const component: number[] = []
      for (let member = -1; member !== node;) {
        member = stack.pop()!
        isOnStack[member] = 0
        component.push(member)
      }
      if (component.length > 1) components.push(component)
    }
    for (let root = 0; root < this.nodeCount; root++) {
      if (order[root] === 0) enter(root)
      while (path.length > 0) {
        const node = path.at(-1)!
        if (nextEdge[node] === starts[node + 1]) {
          leave(node)
          continue
        }
        const to = this.#to.at(edges[nextEdge[node]!++]!)
        if (order[to] === 0) enter(to)
        else if (isOnStack[to] === 1) low[node] = Math.min(low[node]!, order[to]!)
      }
    }
    return components
  }

  /** Returns a short cycle within a component: a shortest one through one of its first nodes. */
  shortCycle(component: readonly number[]): Edge[] {
    const inside = new Set(component)
    const outgoing = new Map<number, number[]>()
    for (let edge = 0; edge < this.#from.length; edge++) {
      const from = this.#from.at(edge)
      if (!inside.has(from) || !inside.has(this.#to.at(edge))) continue
      const edges = outgoing.get(from)
      if (edges) edges.push(edge)
      else outgoing.set(from, [edge])
    }
    let shortest: Edge[] | undefined
    for (const start of component.slice(0, startsTried)) {
      const cycle = this.#cycleThrough(start, outgoing)
      if (!shortest || cycle.length < shortest.length) shortest = cycle
    }
    return shortest!
  }

  #cycleThrough(start: number, outgoing: ReadonlyMap<number, readonly number[]>): Edge[] {
    const cameBy = new Map<number, number>()
    const queue = [start]
    for (const node of queue) {
      for (const edge of outgoing.get(node) ?? []) {
        const to = this.#to.at(edge)
        if (cameBy.has(to)) continue
        cameBy.set(to, edge)
        queue.push(to)
      }
      if (cameBy.has(start)) break
    }
    const cycle: Edge[] = []
    for (let node = start; cycle.length === 0 || node !== start;) {
      const edge = cameBy.get(node)!
      node = this.#from.at(edge)
      cycle.unshift({ from: node, to: this.#to.at(edge), label: this.#label.at(edge) })
    }
    return cycle
  }
}
