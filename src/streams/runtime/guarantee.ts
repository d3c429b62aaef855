/** How what is done becomes final: the two guarantees that there are. */

import type { AssignedPartition } from '../../client/consumer/assigned-partition.ts'
import type { Cluster } from '../../client/cluster/cluster.ts'
import { ClosedError, KafkaError } from '../../client/failure/errors.ts'
import { resolveDelivery } from '../../client/producer/producer-options.ts'
import { Sender } from '../../client/producer/sender.ts'
import { TransactionalProducer } from '../../client/transaction/transactional-producer.ts'

/** The offsets after the last records that were processed. */
export type ProcessedOffsets = ReadonlyMap<AssignedPartition, number>

export interface Guarantee {
  readonly sender: Sender
  /** Whether nothing may be sent while a commit is under way. */
  readonly isExclusive: boolean
  /** Called before the first record is sent, and again after each commit. */
  begin(): Promise<void>
  /** Commits that everything before `offsets` is processed. All that was sent is stored by now. */
  commit(offsets: ProcessedOffsets): Promise<void>
  /** Gives up what was sent since the last commit, as far as that can be. */
  abort(reason: Error): Promise<void>
}

const batchBytes = 256 * 1024

/** Results first, offsets then: after a crash in between, some records are processed again. */
class AtLeastOnce implements Guarantee {
  readonly sender: Sender
  readonly isExclusive = false

  constructor(cluster: Cluster) {
    const delivery = resolveDelivery({ acks: 'all' }, cluster.options)
    this.sender = new Sender(cluster, { ...delivery, batchBytes })
  }

  begin(): Promise<void> {
    return Promise.resolve()
  }

  async commit(offsets: ProcessedOffsets): Promise<void> {
    await Promise.all([...offsets].map(([partition, offset]) => partition.commit(offset, {})))
  }

  abort(): Promise<void> {
    this.sender.close()
    return Promise.resolve()
  }
}

export interface ExactlyOnceOptions {
  readonly transactionalId: string
  readonly transactionTimeoutMs: number
  /** Is told what makes it impossible to commit. */
  readonly onError: (error: KafkaError) => void
}

/** Results, changelogs and offsets in one transaction: all of it counts, or nothing does. */
class ExactlyOnce implements Guarantee {
  readonly sender: Sender
  readonly isExclusive = true
  readonly #producer: TransactionalProducer
  readonly #onError: (error: KafkaError) => void
  readonly #stopping = new AbortController()

  constructor(cluster: Cluster, options: ExactlyOnceOptions) {
    const { transactionalId, transactionTimeoutMs, onError } = options
    const delivery = resolveDelivery({ acks: 'all' }, cluster.options)
    this.#producer = new TransactionalProducer(cluster, {
      transactionalId,
      transactionTimeoutMs,
      isOwnId: true,
      delivery: { ...delivery, batchBytes },
    })
    this.#onError = onError
    this.sender = this.#producer.sender
  }

  begin(): Promise<void> {
    return this.#producer.begin(this.#stopping.signal, this.#onError)
  }

  async commit(offsets: ProcessedOffsets): Promise<void> {
    const rounds = new Map(Array.from(offsets.keys(), (partition) => [partition, partition.round]))
    const [first] = offsets.keys()
    if (first) {
      // All partitions of one application are those of one member.
      const members = [{ identity: first.identity, offsets }]
      await this.#producer.addOffsets(members, this.#stopping.signal)
    }
    await this.#producer.commit()
    // What is committed is not committed again: where nothing comes, there is no transaction.
    for (const [partition, offset] of offsets) {
      if (partition.round === rounds.get(partition)) partition.committed = offset
    }
  }

  async abort(reason: Error): Promise<void> {
    const error = KafkaError.is(reason)
      ? reason
      : new ClosedError('the stream has failed', { cause: reason })
    await this.#producer.abort(error)
  }
}

export interface GuaranteeOptions {
  /** Names the application. */
  readonly name: string
  readonly isExactlyOnce: boolean
  readonly transactionTimeoutMs: number
}

export function guaranteeOf(
  cluster: Cluster,
  { name, isExactlyOnce, transactionTimeoutMs }: GuaranteeOptions,
  onError: (error: Error) => void,
): Guarantee {
  if (!isExactlyOnce) return new AtLeastOnce(cluster)
  const unique = Array.from(cluster.platform.random.bytes(16), hexOfByte).join('')
  const transactionalId = `${name}-${unique}`
  return new ExactlyOnce(cluster, { transactionalId, transactionTimeoutMs, onError })
}

const hexOfByte = (byte: number): string => byte.toString(16).padStart(2, '0')
