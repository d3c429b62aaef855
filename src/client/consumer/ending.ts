/** The end of a consumer: what it waits for has limited time, and none once it is hurried. */

import type { Cluster } from '../cluster/cluster.ts'
import { failureWithin } from '../failure/deadline.ts'
import type { Progress } from '../group/auto-commit.ts'
import type { ConsumerGroup } from '../group/consumer-group.ts'

/** The longest wait for a coordinator. */
const groupTimeoutMs = 5000

export class Ending {
  readonly #cluster: Cluster
  readonly #hurried = Promise.withResolvers<void>()

  constructor(cluster: Cluster) {
    this.#cluster = cluster
  }

  /** Nothing is waited for any more. */
  hurry(): void {
    this.#hurried.resolve()
  }

  /** Waits for what the program still does. Returns why that did not end, or not well. */
  ofProgram(timeoutMs: number, last: () => Promise<void>): Promise<Error | undefined> {
    return this.#forAtMost(timeoutMs, () => Promise.race([last(), this.#hurried.promise]))
  }

  /** Commits what of `partitions` was processed, and leaves. */
  async ofGroup(group: ConsumerGroup, partitions: readonly Progress[]): Promise<void> {
    const timeoutMs = Math.min(groupTimeoutMs, this.#cluster.options.timeoutMs)
    await this.#forAtMost(timeoutMs, () => {
      group.commitProcessed(partitions)
      return group.leave(timeoutMs, this.#hurried.promise)
    })
    group.committer.close()
  }

  async #forAtMost(timeoutMs: number, last: () => Promise<void>): Promise<Error | undefined> {
    const { platform, logger } = this.#cluster
    const error = await failureWithin({ clock: platform.clock, timeoutMs }, last)
    // The coordinator will notice by itself that this member is gone.
    if (error) logger.debug('closed before an end', { error: error.message })
    return error
  }
}
