/** `GlobalTable`: the newest value of each key of a topic, all of it wherever tasks run. */

import { TopologyNode } from '../topology/topology-node.ts'
import { serdesOf, type SourceOptions } from './source-options.ts'

/**
 * Looked up by any key, whatever the partitions of the records that name it. It is read to its end
 * before anything is processed, and takes room wherever the program runs.
 */
export class GlobalTable<Value, Key = string> {
  readonly #node: TopologyNode
  /** For the compiler alone: of what its rows are. */
  declare protected readonly row: readonly [Key, Value]

  constructor(node: TopologyNode) {
    this.#node = node
  }

  /** The plan up to here. @internal */
  get node(): TopologyNode {
    return this.#node
  }
}

export function globalTableNode(
  topic: string,
  { name = topic, ...options }: SourceOptions,
): TopologyNode {
  return new TopologyNode({
    kind: 'globalTable',
    name,
    global: topic,
    ...serdesOf(options),
    make: ({ GlobalTable }, { globalRows }) => new GlobalTable(globalRows!),
  })
}
