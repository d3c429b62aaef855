/** Asks all brokers of the cluster, as each knows something that the others do not. */

import { metadata } from '../../protocol/metadata.ts'
import type { BrokerChannel } from '../cluster/broker-channel.ts'
import type { Attempt, Cluster } from '../cluster/cluster.ts'

/** Returns what `ask` returns for each broker that is there now, all asked at once. */
export async function askEachBroker<Answer>(
  cluster: Cluster,
  { channel, signal }: Attempt,
  ask: (broker: BrokerChannel, node: number) => Promise<Answer>,
): Promise<Answer[]> {
  const { brokers } = await channel.request(metadata, { topics: [] }, { signal, maxVersion: 12 })
  const answers = brokers.map(async ({ nodeId: node }) =>
    ask(await cluster.channel({ node }, 'requests', signal), node),
  )
  return Promise.all(answers)
}

/** Makes one list of those of all brokers, by name. */
export function merged<Item>(
  lists: readonly (readonly Item[])[],
  nameOf: (item: Item) => string,
): Item[] {
  // What is on its way from one coordinator to another, both may have for a moment.
  const byName = new Map(lists.flat().map((item) => [nameOf(item), item]))
  return [...byName].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, item]) => item)
}
