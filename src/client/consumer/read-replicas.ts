/**
 * The replicas that partitions are read from instead of their leaders (KIP-392): a leader names
 * one, and it holds until it fails, another leader comes, or it has held for as long as metadata.
 *
 * A replica that fails is left for the leader at once. For a while, which doubles each time, the
 * leader is to send records itself: it may not know yet, or never find out, that we get nothing
 * there.
 */

import type { TopicMetadata } from '../cluster/cluster.ts'
import { keyOf, type TopicPartition } from '../cluster/offset-lookup.ts'
import { backoffMs } from '../failure/retry.ts'
import type { FetchCluster } from './fetcher.ts'

interface Place {
  /** The node to read from; `undefined` while that is the leader. */
  node: number | undefined
  /** By whom it was chosen: another leader may choose another. */
  leader: number
  leaderEpoch: number
  /** On the monotonic clock: from then on the leader is asked again. */
  untilMs: number
  /** How often in a row replicas have failed. */
  failures: number
  /** On the monotonic clock: before that the leader is to send records itself. */
  avoidedUntilMs: number
}

interface View {
  readonly topic: TopicMetadata
  readonly changes: number
  readonly untilMs: number
}

/** For how long replicas are avoided after the first failure. */
const avoidedForMs = 1000

export class ReadReplicas {
  readonly #cluster: FetchCluster
  /** By topic and partition. */
  readonly #places = new Map<string, Place>()
  readonly #views = new WeakMap<TopicMetadata, View>()
  #changes = 0

  constructor(cluster: FetchCluster) {
    this.#cluster = cluster
  }

  /** Returns `topic` with the nodes to read from as leaders. */
  seenBy(topic: TopicMetadata): TopicMetadata {
    const known = this.#views.get(topic)
    const nowMs = this.#now()
    if (known && known.changes === this.#changes && nowMs < known.untilMs) return known.topic
    let untilMs = Infinity
    const partitions = topic.partitions.map((found, partition) => {
      const place = this.#places.get(keyOf({ topic: topic.name, partition }))
      const { node } = place ?? {}
      if (!place || node === undefined || nowMs >= place.untilMs) return found
      if (place.leader !== found.leader || place.leaderEpoch !== found.epoch) return found
      untilMs = Math.min(untilMs, place.untilMs)
      return { ...found, leader: node }
    })
    const view = { topic: { ...topic, partitions }, changes: this.#changes, untilMs }
    this.#views.set(topic, view)
    return view.topic
  }

  /** From now on `partition` is read from `node`, as its leader says. */
  choose(partition: TopicPartition, node: number): void {
    const found = this.#cluster.cachedTopic(partition.topic)?.partitions[partition.partition]
    // Who leads it now will say so, too.
    if (!found) return
    const { leader, epoch: leaderEpoch } = found
    const untilMs = this.#now() + this.#cluster.options.metadataMaxAgeMs
    const { failures = 0, avoidedUntilMs = 0 } = this.#places.get(keyOf(partition)) ?? {}
    const place = { node, leader, leaderEpoch, untilMs, failures, avoidedUntilMs }
    this.#places.set(keyOf(partition), place)
    this.#changes++
    this.#cluster.logger.debug('a replica is read', { ...partition, node })
  }

  /** Notes that the replica of `partition` has answered. */
  answered(partition: TopicPartition): void {
    const place = this.#places.get(keyOf(partition))
    if (place) place.failures = 0
  }

  /** Goes back to the leader of `partition`. */
  leave(partition: TopicPartition, error: string): void {
    const place = this.#places.get(keyOf(partition))
    if (place?.node === undefined) return
    const { node } = place
    place.node = undefined
    place.failures++
    place.avoidedUntilMs = this.#now() + this.#avoidMs(place.failures)
    this.#changes++
    this.#cluster.logger.debug('a replica is left for the leader', { ...partition, node, error })
  }

  /** How long the leader of one of `partitions` is still to send records itself, at most. */
  avoidedForMs(partitions: readonly TopicPartition[]): number {
    const nowMs = this.#now()
    const ends = partitions.map((one) => this.#places.get(keyOf(one))?.avoidedUntilMs ?? 0)
    return Math.max(0, ...ends.map((endMs) => endMs - nowMs))
  }

  #avoidMs(attempt: number): number {
    const { platform, options } = this.#cluster
    const maxMs = Math.max(avoidedForMs, options.metadataMaxAgeMs)
    return backoffMs({ attempt, baseMs: avoidedForMs, maxMs, random: platform.random })
  }

  #now(): number {
    return this.#cluster.platform.clock.monotonic()
  }
}
