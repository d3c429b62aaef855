/** What goes into one produce request. */

import type { PartitionQueue, PendingBatch } from './accumulator.ts'

/** Batches of one request come to about this much; one that is larger goes alone. */
const requestBytes = 1024 * 1024

/** Takes the next batch of each of `queues`, as many as fit into one request. */
export function collect(queues: readonly PartitionQueue[], openUntilMs: number): PendingBatch[] {
  const batches: PendingBatch[] = []
  let sizeBytes = 0
  for (const queue of queues) {
    const batch = queue.isBlocked ? undefined : queue.peek(openUntilMs)
    if (!batch || (sizeBytes > 0 && sizeBytes + batch.sizeBytes > requestBytes)) continue
    sizeBytes += batch.sizeBytes
    queue.take(batch)
    batches.push(batch)
  }
  return batches
}
