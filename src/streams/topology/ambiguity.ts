/**
 * What must not be said twice: two steps of one name would share their state and their topics, and
 * a topic is read in one way.
 */

import { InvalidTopologyError } from './invalid-topology-error.ts'
import type { TopologyNode } from './topology-node.ts'

/** @throws InvalidTopologyError where two of `nodes` cannot be told from each other */
export function refuseAmbiguity(nodes: readonly TopologyNode[]): void {
  const named = new Map<string, TopologyNode>()
  const read = new Map<string, TopologyNode>()
  for (const node of nodes) {
    const { name, source } = node
    const same = named.get(name)
    if (same && !isSameStream(same, node)) {
      throw new InvalidTopologyError(
        `two steps are called '${name}' (${same.kind} and ${node.kind}): give one of them, or a ` +
          'step before it, a `name`',
      )
    }
    named.set(name, node)
    if (source === undefined) continue
    const other = read.get(source)
    if (other && !isReadAlike(other, node)) {
      throw new InvalidTopologyError(
        `'${source}' is read in two ways: its \`key\`, \`value\` and \`timestamp\` must be the ` +
          'same wherever it is read',
      )
    }
    read.set(source, node)
  }
}

function isReadAlike(one: TopologyNode, other: TopologyNode): boolean {
  const { key, value } = one.serdes
  const isAlike = key === other.serdes.key && value === other.serdes.value
  return isAlike && one.timestamp === other.timestamp
}

/** A stream that is named twice remembers nothing. */
function isSameStream(one: TopologyNode, other: TopologyNode): boolean {
  return one.kind === 'stream' && other.kind === 'stream' && one.source === other.source
}
