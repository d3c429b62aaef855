/** Gets what a producer is known by to brokers, which lets them store each of its batches once. */

import { initProducerId } from '../../protocol/init-producer-id.ts'
import type { Cluster } from '../cluster/cluster.ts'
import { throwIfError } from '../failure/delivery-errors.ts'
import type { ProducerIdentity } from './accumulator.ts'

export async function newIdentity(cluster: Cluster, timeoutMs: number): Promise<ProducerIdentity> {
  const action = 'get a producer id'
  const task = { action, target: 'any', timeout: timeoutMs } as const
  try {
    return await cluster.run(task, async ({ channel, signal }) => {
      const input = { transactionalId: null, transactionTimeoutMs: 0 }
      const answer = await channel.request(initProducerId, input, { signal })
      throwIfError(action, answer)
      return answer
    })
  } catch (error) {
    // An id that nobody uses is nothing that was done to the records.
    throw Object.assign(error as Error, { maybeApplied: false })
  }
}
