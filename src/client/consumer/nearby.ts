/**
 * A cluster as it is for a fetcher that reads nearby (KIP-392): it says in which rack we are, has
 * partitions fetched from the replicas that their leaders name, and keeps from the fetcher what
 * goes wrong there, since the leader is asked next. It is loaded where there is a rack.
 */

import type { fetch, FetchRequestInput, FetchResponse } from '../../protocol/fetch.ts'
import type { Cluster } from '../cluster/cluster.ts'
import { keyOf, type TopicPartition } from '../cluster/offset-lookup.ts'
import { brokerError } from '../failure/delivery-errors.ts'
import { KafkaError } from '../failure/errors.ts'
import { delay } from '../failure/retry.ts'
import type { FetchChannel, FetchCluster, FetchOptions } from './fetcher.ts'
import { ReadReplicas } from './read-replicas.ts'

interface FetchRequest {
  readonly api: typeof fetch
  readonly input: FetchRequestInput
  readonly options: FetchOptions
}

/** What a request is for. */
interface Asked {
  readonly all: readonly TopicPartition[]
  /** Those that the node does not lead, as far as is known, by topic and partition. */
  readonly unled: ReadonlyMap<string, TopicPartition>
}

/** What replicas answer where our metadata is old. */
const outdated: ReadonlySet<string | undefined> = new Set([
  'NOT_LEADER_OR_FOLLOWER',
  'FENCED_LEADER_EPOCH',
])

/** How long it takes at least to be sent to a replica again that has failed. */
const circleMs = 1000

/** Returns `cluster` for a fetcher in the rack `rackId`. */
export function nearby(cluster: Cluster, rackId: string): FetchCluster {
  const replicas = new ReadReplicas(cluster)
  const fetches = new NearbyFetches(cluster, replicas, rackId)
  const { platform, options, logger } = cluster
  return {
    platform,
    options,
    logger,
    cachedTopic: (name) => {
      const topic = cluster.cachedTopic(name)
      return topic && replicas.seenBy(topic)
    },
    topic: (name, options) => cluster.topic(name, options),
    currentLeaderEpoch: (topic, partition) => cluster.currentLeaderEpoch(topic, partition),
    forgetTopic: (name) => cluster.forgetTopic(name),
    backoffMs: (attempt) => cluster.backoffMs(attempt),
    closePurpose: (purpose) => cluster.closePurpose(purpose),
    // It connects when it is asked: then it is known for which partitions.
    channel: async ({ node }, purpose) => ({
      roundTripMs: Infinity,
      request: (api, input, options) => {
        const open = (): Promise<FetchChannel> => cluster.channel({ node }, purpose)
        return fetches.request(node, open, { api, input, options })
      },
    }),
  }
}

/** The fetches of one fetcher, and what it is told of them. */
class NearbyFetches {
  readonly #cluster: Cluster
  readonly #replicas: ReadReplicas
  readonly #rackId: string

  constructor(cluster: Cluster, replicas: ReadReplicas, rackId: string) {
    this.#cluster = cluster
    this.#replicas = replicas
    this.#rackId = rackId
  }

  async request(
    node: number,
    open: () => Promise<FetchChannel>,
    { api, input, options }: FetchRequest,
  ): Promise<void> {
    const asked = this.#asked(node, input)
    const avoidedForMs = this.#replicas.avoidedForMs(asked.all)
    const rackId = avoidedForMs > 0 ? '' : this.#rackId
    let isSentAway = false
    const receive = (answer: FetchResponse): void => {
      const response = named(answer, input)
      isSentAway = this.#follow(response)
      options.receive(this.#withoutFailures(response, asked))
    }
    try {
      const channel = await open()
      await channel.request(api, { ...input, rackId }, { ...options, receive })
    } catch (error) {
      if (!KafkaError.is(error)) throw error
      this.#leave(asked.unled.values(), error)
      // Those that the node leads have failed, and the fetcher is to know.
      if (asked.unled.size < asked.all.length) throw error
    }
    // Who is sent away without a rack is sent to what has just failed: not again and again.
    if (isSentAway && avoidedForMs > 0) await delay(circleMs, this.#cluster.platform.clock)
  }

  #asked(node: number, { topics }: FetchRequestInput): Asked {
    const all = topics.flatMap(({ topic = '', partitions }) =>
      partitions.map(({ partition }) => ({ topic, partition })),
    )
    const unled = all.filter(({ topic, partition }) => {
      return this.#cluster.cachedTopic(topic)?.partitions[partition]?.leader !== node
    })
    return { all, unled: new Map(unled.map((place) => [keyOf(place), place])) }
  }

  /** Notes which replicas leaders name. Returns whether they do. */
  #follow({ responses }: FetchResponse): boolean {
    let isSentAway = false
    for (const { topic, partitions } of responses) {
      for (const { partitionIndex: partition, errorCode, preferredReadReplica } of partitions) {
        if (errorCode !== 0 || preferredReadReplica < 0) continue
        isSentAway = true
        this.#replicas.choose({ topic, partition }, preferredReadReplica)
      }
    }
    return isSentAway
  }

  /** Returns `response` without what only says that a replica has failed. */
  #withoutFailures(response: FetchResponse, { all, unled }: Asked): FetchResponse {
    if (unled.size === 0) return response
    if (response.errorCode !== 0) {
      this.#leave(unled.values(), brokerError('fetch', response))
      return unled.size < all.length ? response : { ...response, errorCode: 0, responses: [] }
    }
    const responses = response.responses.map((ofTopic) => {
      const { topic } = ofTopic
      const partitions = ofTopic.partitions.filter(({ partitionIndex, errorCode }) => {
        const place = unled.get(keyOf({ topic, partition: partitionIndex }))
        if (place && errorCode === 0) this.#replicas.answered(place)
        if (!place || errorCode === 0) return true
        const action = `fetch ${topic}-${partitionIndex} from a replica`
        this.#leave([place], brokerError(action, { errorCode }))
        return false
      })
      return { ...ofTopic, partitions }
    })
    return { ...response, responses }
  }

  #leave(partitions: Iterable<TopicPartition>, error: KafkaError): void {
    for (const partition of partitions) {
      this.#replicas.leave(partition, error.message)
      if (outdated.has(error.kafkaName)) this.#cluster.forgetTopic(partition.topic)
    }
  }
}

/** Returns `response` with the names of topics, of which later versions say the ids only. */
function named(response: FetchResponse, { topics }: FetchRequestInput): FetchResponse {
  const names = new Map(topics.map(({ topicId, topic }) => [topicId, topic]))
  const responses = response.responses.map((ofTopic) => ({
    ...ofTopic,
    topic: ofTopic.topic || (names.get(ofTopic.topicId) ?? ''),
  }))
  return { ...response, responses }
}
