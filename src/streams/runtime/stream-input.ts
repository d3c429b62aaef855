/**
 * What a running topology reads: the partitions that its group gives it, from where the group got
 * to. It reads ahead, within bounds, and never beyond a partition that is paused.
 */

import { AssignedPartition } from '../../client/consumer/assigned-partition.ts'
import type { Cluster } from '../../client/cluster/cluster.ts'
import type { Ending } from '../../client/consumer/ending.ts'
import { ConsumerGroup } from '../../client/group/consumer-group.ts'
import type { ResolvedConsumerConfig } from '../../client/consumer/consumer-options.ts'
import type { SortedMember } from '../../client/admin/admin-groups.ts'
import { classicOrder, type WorkerId } from '../../client/group/member-order.ts'
import type { KafkaError } from '../../client/failure/errors.ts'
import type { FetchedWhole } from '../../client/consumer/fetch-buffer.ts'
import { Fetcher } from '../../client/consumer/fetcher.ts'
import { keyOf, type TopicPartition } from '../../client/cluster/offset-lookup.ts'
import { bytes } from '../../client/record/serde.ts'
import { goOn } from '../../client/consumer/reset-position.ts'
import { startPositions } from '../../client/consumer/start-positions.ts'
import type { PartitionInput } from './partition-inputs.ts'

export interface StreamInputEvents {
  /** These are ours from now on; their records come once they are begun with. */
  onAssigned(partitions: readonly AssignedPartition[]): void
  /** These are to be handed over; resolves once all that was done with them is committed. */
  onRevoked(partitions: readonly AssignedPartition[]): Promise<void>
  /** These may be with others already: nothing of them may be committed. */
  onLost(partitions: readonly AssignedPartition[]): void
  onArrival(): void
  onError(error: KafkaError): void
}

export interface StreamInputOptions {
  readonly group: string
  readonly topics: readonly string[]
  /** What our id in the group begins with: members come in the order of their ids. */
  readonly workerId: WorkerId
  readonly config: ResolvedConsumerConfig<unknown, unknown>
}

const noPlaces: ReadonlyMap<string, number> = new Map()

export class StreamInput {
  readonly #cluster: Cluster
  readonly #config: ResolvedConsumerConfig<unknown, unknown>
  readonly #events: StreamInputEvents
  readonly #fetcher: Fetcher
  readonly #group: ConsumerGroup
  readonly #workerId: WorkerId
  readonly #assigned = new Map<string, AssignedPartition>()
  #isClosed = false

  constructor(
    cluster: Cluster,
    { group, topics, workerId, config }: StreamInputOptions,
    events: StreamInputEvents,
  ) {
    this.#cluster = cluster
    this.#config = config
    this.#workerId = workerId
    this.#events = events
    this.#fetcher = new Fetcher(cluster, config, {
      onArrival: () => events.onArrival(),
      onProgress: () => {},
      onOutOfRange: (partition) => void this.#outOfRange(partition),
      onError: (error) => events.onError(error),
    })
    // The same partitions of all topics go to one member, so that what is joined is in one place.
    const options = { ...config, group, topics, workerId, assignor: 'range' as const }
    this.#group = new ConsumerGroup(cluster, options, {
      onAssigned: (partitions) => this.#assign(partitions),
      onRevoked: (partitions) => this.#revoke(partitions),
      onLost: () => this.#lose(),
      onContact: () => {},
      onError: (error) => events.onError(error),
    })
  }

  join(): void {
    this.#group.join()
  }

  /** How the group knows us, in either protocol; in the classic one without an id at first. */
  memberIn(type: 'consumer' | 'classic'): Pick<SortedMember, 'id' | 'order'> {
    const { memberId: id = '' } = this.#group.current()
    return { id, order: type === 'consumer' ? id : classicOrder(id, this.#workerId) }
  }

  /** Has the records of partitions come that are ours. */
  begin(partitions: readonly AssignedPartition[]): void {
    this.#fetcher.add(partitions.filter(({ state }) => state === 'owned'))
  }

  /** Returns the next batch, if one is there. */
  take(): FetchedWhole | undefined {
    return this.#fetcher.takeBatch()
  }

  /** Whether something of these has come that is not to be had yet, as a codec is at work. */
  isOpening(inputs: readonly PartitionInput[]): boolean {
    return !this.#fetcher.isEmpty && inputs.some(({ partition }) => this.#fetcher.holds(partition))
  }

  /** Asks for no more of it; what is on its way comes. */
  pause(partition: AssignedPartition): void {
    partition.isPaused = true
  }

  resume(partition: AssignedPartition): void {
    if (!partition.isPaused) return
    partition.isPaused = false
    this.#fetcher.wake()
    this.#events.onArrival()
  }

  /** Gives the partitions back. What is to be committed has been. */
  async close(ending: Ending): Promise<void> {
    this.#isClosed = true
    this.#fetcher.close()
    await ending.ofGroup(this.#group, [])
    for (const partition of this.#assigned.values()) partition.state = 'gone'
    this.#assigned.clear()
  }

  async #assign(places: readonly TopicPartition[]): Promise<void> {
    const positions = await startPositions(this.#cluster, {
      partitions: places,
      group: this.#group,
      sought: noPlaces,
      config: this.#config,
    })
    if (this.#isClosed) return
    const added = positions.map(({ topic, partition, position }) => {
      const { committer } = this.#group
      const start = { topic, partition, position, value: bytes, key: bytes, committer }
      const assigned = new AssignedPartition(start)
      this.#assigned.set(keyOf(assigned), assigned)
      return assigned
    })
    this.#events.onAssigned(added)
  }

  async #revoke(places: readonly TopicPartition[]): Promise<void> {
    const leaving = places.flatMap((place) => this.#assigned.get(keyOf(place)) ?? [])
    for (const partition of leaving) {
      partition.state = 'leaving'
      this.#fetcher.remove(partition)
    }
    await this.#events.onRevoked(leaving)
    this.#remove(leaving)
  }

  #lose(): void {
    const lost = [...this.#assigned.values()]
    this.#remove(lost)
    this.#events.onLost(lost)
  }

  #remove(partitions: readonly AssignedPartition[]): void {
    for (const partition of partitions) {
      partition.state = 'gone'
      this.#fetcher.remove(partition)
      this.#assigned.delete(keyOf(partition))
    }
  }

  async #outOfRange(partition: AssignedPartition): Promise<void> {
    try {
      await goOn(this.#cluster, this.#fetcher, partition, this.#config)
    } catch (cause) {
      this.#events.onError(cause as KafkaError)
    }
  }
}
