/** A topology in words and pictures: what is read, what is done, and how joins find their pairs. */

import { nodesBefore, type NodeFacts, type TopologyNode } from './topology-node.ts'

/** One step of a topology. */
export interface NodeDescription {
  /** Its name, by which its state and topics are found again. */
  readonly name: string
  /** What it does: the name of the method that made it. */
  readonly kind: string
  /** Names of the nodes that its records come from. */
  readonly inputs: readonly string[]
  /** The topic that it reads. */
  readonly source?: string
  /** The topic that it reads as a whole. */
  readonly global?: string
  /** The topic that it writes. */
  readonly sink?: string
  /** Such as the lengths of a window, in milliseconds, or the strategy of a join. */
  readonly facts: NodeFacts
}

/** A topology in words and pictures, for people and for tests. */
export class TopologyDescription {
  /** Each after its inputs. `JSON.stringify` gives these. */
  readonly nodes: readonly NodeDescription[]

  constructor(ends: readonly TopologyNode[]) {
    // A stream that is named twice is one.
    const named = new Map(nodesBefore(ends).map((node) => [node.name, node]))
    this.nodes = [...named.values()].map(({ name, kind, inputs, source, global, sink, facts }) => ({
      name,
      kind,
      inputs: inputs.map((input) => input.name),
      ...(source === undefined ? {} : { source }),
      ...(global === undefined ? {} : { global }),
      ...(sink === undefined ? {} : { sink }),
      facts,
    }))
  }

  /** The nodes, for `JSON.stringify`. */
  toJSON(): readonly NodeDescription[] {
    return this.nodes
  }

  /** A line for each node. */
  toString(): string {
    return this.nodes
      .map((node) => {
        const from = node.inputs.length > 0 ? ` <- ${node.inputs.join(', ')}` : ''
        return `${node.name}: ${labelOf(node)}${from}`
      })
      .join('\n')
  }

  /** A flowchart for Mermaid (https://mermaid.js.org). */
  toMermaid(): string {
    const ids = new Map(this.nodes.map(({ name }, index) => [name, `n${index}`]))
    const boxes = this.nodes.map((node) => {
      return `  ${ids.get(node.name)}["${labelOf(node).replaceAll('"', '#quot;')}"]`
    })
    const arrows = this.nodes.flatMap(({ name, inputs }) =>
      inputs.map((input) => `  ${ids.get(input)} --> ${ids.get(name)}`),
    )
    return ['flowchart LR', ...boxes, ...arrows].join('\n')
  }
}

function labelOf({ kind, source, global, sink, facts }: NodeDescription): string {
  const list = Object.entries(facts).map(([name, value]) => `${name}: ${value}`)
  const details = list.length > 0 ? ` (${list.join(', ')})` : ''
  return [kind, source, global, sink].filter((part) => part !== undefined).join(' ') + details
}
