/** What a broker tells of itself in numbers, to those who watch it. */

import type { GroupSummary } from '../groups/group-coordinator.ts'
import { handlerOf } from '../handlers.ts'
import type { BrokerParts } from '../request-context.ts'
import type { Topic } from '../topic-table.ts'
import type { DurationHistogram } from './duration-histogram.ts'

export interface CommittedPosition {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  /** Records behind it that consumers could read, or were in the log once. */
  readonly lag: number
}

export class BrokerStats {
  readonly #parts: BrokerParts

  constructor(parts: BrokerParts) {
    this.#parts = parts
  }

  /** The topics that there are, in no order. */
  topics(): Topic[] {
    return [...this.#parts.topics.all()]
  }

  /** The groups that there are, in no order. */
  groups(): GroupSummary[] {
    return [...this.#parts.groups.summaries()]
  }

  /** What a group has committed, in partitions that are there. */
  *positionsOf({ committed }: GroupSummary): Iterable<CommittedPosition> {
    for (const [topic, partitions] of committed) {
      const logs = this.#parts.topics.byName(topic)?.partitions ?? []
      for (const [partition, { offset }] of partitions) {
        const log = logs[partition]
        if (log) yield { topic, partition, offset, lag: log.highWatermark - offset }
      }
    }
  }

  /** How long answers took, by Kafka's name of the API, of those that were asked for. */
  *requests(): Iterable<readonly [string, DurationHistogram]> {
    for (const [apiKey, durations] of this.#parts.requestStats.all()) {
      yield [handlerOf(apiKey)!.api.name, durations]
    }
  }

  /** How often somebody could not prove who they are. */
  get failedAuthenticationCount(): number {
    return this.#parts.authentication.failedCount
  }
}
