/** `Plan`: what streams, tables, and groups of either have in common. */

import { TopologyDescription } from '../topology/describe.ts'
import type { TopologyNode } from '../topology/topology-node.ts'
import type { Origin } from './origin.ts'

/** What is to be done with records up to some step. Each step makes another one. */
export abstract class Plan {
  /** Who runs it. */
  protected readonly origin: Origin
  /** The last step. @internal */
  readonly node: TopologyNode

  constructor(origin: Origin, node: TopologyNode) {
    this.origin = origin
    this.node = node
  }

  /** Returns what is done up to here, as text, JSON or a chart. */
  describe(): TopologyDescription {
    return new TopologyDescription([this.node])
  }
}
