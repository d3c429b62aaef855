/**
 * Follows the topics whose names match a pattern: it finds them when a consumer begins, and looks
 * again as often as metadata is fetched anew. It has no topic created.
 */

import { deliveryErrors } from '../../protocol/delivery-errors.ts'
import { metadata } from '../../protocol/metadata.ts'
import type { Cluster, TopicMetadata } from '../cluster/cluster.ts'
import type { TopicPartition } from '../cluster/offset-lookup.ts'
import { partitionsOf } from '../cluster/topic-watch.ts'
import { brokerError } from '../failure/delivery-errors.ts'
import { TopicNotFoundError } from '../failure/errors.ts'
import type { ConsumerGroup } from '../group/consumer-group.ts'

/** The consumer that is to read what matches. */
export interface PatternReader {
  /** There once it is being joined, if there is one. */
  readonly group: Pick<ConsumerGroup, 'subscribe'> | undefined
  begin(topics: readonly TopicMetadata[]): Promise<void>
  assignment(): readonly TopicPartition[]
  remove(partitions: readonly TopicPartition[]): void
  extend(partitions: readonly TopicPartition[]): Promise<void>
}

/** Names of topics that programs keep for themselves begin with it, as those of Kafka do. */
const internalPrefix = '__'

/** Has `reader` begin with the topics that match. Returns what looks for others that have come. */
export async function follow(
  cluster: Cluster,
  pattern: RegExp,
  reader: PatternReader,
): Promise<() => Promise<void>> {
  const topics = new TopicPattern(cluster, pattern, reader)
  await topics.begin()
  return () => topics.look()
}

class TopicPattern {
  readonly #cluster: Cluster
  readonly #pattern: RegExp
  readonly #reader: PatternReader
  /** What the reader was last told of. */
  #told: readonly TopicMetadata[] = []

  constructor(cluster: Cluster, pattern: RegExp, reader: PatternReader) {
    this.#cluster = cluster
    this.#pattern = pattern
    this.#reader = reader
  }

  async begin(): Promise<void> {
    await this.#tell(await this.#find(), (topics) => this.#reader.begin(topics))
  }

  async look(): Promise<void> {
    const topics = await this.#find()
    if (factsOf(topics) === factsOf(this.#told)) return
    await this.#tell(topics, (topics) => this.#change(topics))
  }

  async #change(topics: readonly TopicMetadata[]): Promise<void> {
    const reader = this.#reader
    const names = new Set(topics.map(({ name }) => name))
    if (reader.group) return reader.group.subscribe([...names])
    reader.remove(reader.assignment().filter(({ topic }) => !names.has(topic)))
    await reader.extend(partitionsOf(topics))
  }

  /** What could not be told counts as not told: another time will do. */
  async #tell(
    topics: readonly TopicMetadata[],
    tell: (topics: readonly TopicMetadata[]) => Promise<void>,
  ): Promise<void> {
    try {
      await tell(topics)
      this.#told = topics
    } catch (error) {
      if (!(error instanceof TopicNotFoundError)) throw error
      // It was deleted between being found and being read, which is no trouble of the others.
      const others = topics.filter(({ name }) => name !== error.topic)
      if (others.length === topics.length) throw error
      await this.#tell(others, tell)
    }
  }

  async #find(): Promise<TopicMetadata[]> {
    const found = await this.#list()
    if (this.#told.some(({ name }) => !found.has(name))) {
      // A broker that was away may not have heard of it yet: what two of them do not know is gone.
      this.#cluster.askAnother()
      for (const [name, topic] of await this.#list()) found.set(name, topic)
    }
    return [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  /** Returns the topics that match, by name, as one broker knows them. */
  #list(): Promise<Map<string, TopicMetadata>> {
    const cluster = this.#cluster
    const action = `list the topics that match ${this.#pattern}`
    return cluster.run({ action, target: 'any' }, async ({ channel, signal }) => {
      const input = { topics: null, allowAutoTopicCreation: false }
      const options = { signal, maxVersion: 12 }
      const answer = await channel.request(metadata, input, options)
      const topics = answer.topics.filter(
        ({ name, isInternal }) => !isInternal && isMatch(name, this.#pattern),
      )
      // Of a large cluster, only what is to be read is kept.
      cluster.learn({ ...answer, topics })
      const found = new Map<string, TopicMetadata>()
      for (const { name, errorCode } of topics) {
        // It was deleted while the broker answered.
        if (errorCode === deliveryErrors.UNKNOWN_TOPIC_OR_PARTITION) continue
        if (errorCode !== 0) throw brokerError(action, { errorCode, topic: name! })
        found.set(name!, cluster.cachedTopic(name!)!)
      }
      return found
    })
  }
}

/** `search` does not mind where a pattern with the flag `g` or `y` was last used. */
function isMatch(name: string | null, pattern: RegExp): boolean {
  return name !== null && !name.startsWith(internalPrefix) && name.search(pattern) >= 0
}

/** Returns text that differs where there are other topics, or more partitions. */
function factsOf(topics: readonly TopicMetadata[]): string {
  return topics.map(({ name, id, partitions }) => `${name} ${id} ${partitions.length}`).join()
}
