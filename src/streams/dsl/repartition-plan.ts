/** The plan of a repartition that a program asks for. */

import { wholeNumber } from '../../client/settings/kafka-options.ts'
import { textOrJson } from '../operators/task-context.ts'
import { TopologyNode } from '../topology/topology-node.ts'
import { carriedBy, type CarriedOptions } from './carried-options.ts'
import type { NamedOptions } from './origin.ts'

/** How records go through a topic of their own. */
export interface RepartitionOptions<Value = unknown, Key = unknown>
  extends NamedOptions, CarriedOptions<Value, Key> {
  /** How many partitions the topic has. @default as many as the topics before it */
  readonly partitions?: number
}

export function repartitionNode(
  input: TopologyNode,
  { name, partitions, ...options }: RepartitionOptions,
): TopologyNode {
  const wanted = partitions === undefined ? undefined : wholeNumber('partitions', partitions, 1)
  const said = carriedBy(options)
  const carried = { key: said.key ?? input.carried.key, value: said.value ?? input.carried.value }
  return new TopologyNode({
    kind: 'repartition',
    name,
    inputs: [input],
    carried,
    facts: wanted === undefined ? {} : { partitions: wanted },
    make: ({ Merge }) => new Merge(1),
    across: (site) =>
      site.move(site.inputs[0]!, {
        name: site.name,
        partitions: wanted ?? site.partitionCount,
        placing: carried.key ?? textOrJson,
        carried,
      }),
  })
}
