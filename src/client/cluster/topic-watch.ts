/** Looks for new topics and partitions from time to time, where nobody else tells of them. */

import type { Timer } from '../../runtime/runtime.ts'
import { KafkaError } from '../failure/errors.ts'
import type { Cluster, TopicMetadata } from './cluster.ts'
import type { TopicPartition } from './offset-lookup.ts'

export class TopicWatch {
  readonly #cluster: Cluster
  readonly #onError: (error: KafkaError) => void
  #timer: Timer | undefined
  #isClosed = false

  /** `onError` is told of what does not pass. */
  constructor(cluster: Cluster, onError: (error: KafkaError) => void) {
    this.#cluster = cluster
    this.#onError = onError
  }

  /** Calls `look` as often as metadata is fetched anew. */
  start(look: () => Promise<void>): void {
    if (this.#isClosed) return
    const { options, platform } = this.#cluster
    this.#timer = platform.clock.after(options.metadataMaxAgeMs, () => {
      look().then(
        () => this.start(look),
        (error: KafkaError) => {
          // Where no broker can be asked now, another time will do.
          if (KafkaError.is(error) && error.retriable) this.start(look)
          // A look that closing has ended is nobody's trouble.
          else if (!this.#isClosed) this.#onError(error)
        },
      )
    })
  }

  close(): void {
    this.#isClosed = true
    this.#timer?.cancel()
  }
}

export function partitionsOf(topics: readonly TopicMetadata[]): TopicPartition[] {
  return topics.flatMap(({ name: topic, partitions }) =>
    partitions.map((_, partition) => ({ topic, partition })),
  )
}

/** Asks which partitions `names` have now. Whoever has deleted a topic does not want it back. */
export async function partitionsNow(
  cluster: Cluster,
  names: readonly string[],
): Promise<TopicPartition[]> {
  await cluster.look(names, {})
  return partitionsOf(names.flatMap((name) => cluster.cachedTopic(name) ?? []))
}
