/** The plan of a repartition that a program asks for. */

import { wholeNumber } from '../../client/kafka-options.ts'
import { TopologyNode } from '../topology/topology-node.ts'
import type { NamedOptions } from './origin.ts'

/** How records go through a topic of their own. */
export interface RepartitionOptions extends NamedOptions {
  /** How many partitions the topic has. @default as many as the topics before it */
  readonly partitions?: number
}

export function repartitionNode(
  input: TopologyNode,
  { name, partitions }: RepartitionOptions,
): TopologyNode {
  const wanted = partitions === undefined ? undefined : wholeNumber('partitions', partitions, 1)
  return new TopologyNode({
    kind: 'repartition',
    name,
    inputs: [input],
    facts: wanted === undefined ? {} : { partitions: wanted },
    make: ({ Merge }) => new Merge(1),
    across: (site) =>
      site.move(site.inputs[0]!, { name: site.name, partitions: wanted ?? site.partitionCount }),
  })
}
