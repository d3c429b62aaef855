/** Finds partitions that are added to topics, for a consumer without a group: nobody tells it. */

import type { Timer } from '../../runtime/runtime.ts'
import type { Cluster, TopicMetadata } from '../cluster/cluster.ts'
import type { TopicPartition } from '../cluster/offset-lookup.ts'
import { KafkaError } from '../failure/errors.ts'

export interface PartitionWatchEvents {
  /** These partitions are there now, also those that were there before. */
  onPartitions(partitions: readonly TopicPartition[]): Promise<void>
  onError(error: KafkaError): void
}

export class PartitionWatch {
  readonly #cluster: Cluster
  readonly #topics: readonly string[]
  readonly #events: PartitionWatchEvents
  #timer: Timer | undefined
  #isClosed = false

  constructor(cluster: Cluster, topics: readonly string[], events: PartitionWatchEvents) {
    this.#cluster = cluster
    this.#topics = topics
    this.#events = events
  }

  /** Looks from time to time, as often as metadata is fetched anew. */
  start(): void {
    if (this.#isClosed) return
    const { options, platform } = this.#cluster
    this.#timer = platform.clock.after(options.metadataMaxAgeMs, () => {
      this.#look().then(
        () => this.start(),
        (error: KafkaError) => {
          // Where no broker can be asked now, another time will do.
          if (KafkaError.is(error) && error.retriable) this.start()
          else this.#events.onError(error)
        },
      )
    })
  }

  close(): void {
    this.#isClosed = true
    this.#timer?.cancel()
  }

  async #look(): Promise<void> {
    const topics = await Promise.all(this.#topics.map((topic) => this.#cluster.topic(topic)))
    if (!this.#isClosed) await this.#events.onPartitions(partitionsOf(topics))
  }
}

export function partitionsOf(topics: readonly TopicMetadata[]): TopicPartition[] {
  return topics.flatMap(({ name: topic, partitions }) =>
    partitions.map((_, partition) => ({ topic, partition })),
  )
}
