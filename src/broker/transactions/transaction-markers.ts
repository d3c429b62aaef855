/** Tells the partitions of a transaction how it ended. */

import { LogError } from '../../log/log-error.ts'
import type { PartitionLog } from '../../log/partition-log.ts'
import type { TransactionMarker } from '../../log/producer/producer-state.ts'
import { writeMarkerBatch } from '../../record/control-record.ts'
import type { Clock } from '../../runtime/runtime.ts'
import type { GroupCoordinator } from '../groups/group-coordinator.ts'
import { consumerOffsetsTopic } from '../topic-name.ts'
import type { Topics } from '../topics.ts'
import type { PartitionSet } from './transaction.ts'

export interface TransactionMarkersInput {
  readonly topics: Pick<Topics, 'byName'>
  readonly groups: Pick<GroupCoordinator, 'endTransaction'>
  readonly clock: Pick<Clock, 'now'>
}

/** There is one coordinator, which never changes. */
export const coordinatorEpoch = 0

export class TransactionMarkers {
  readonly #input: TransactionMarkersInput

  constructor(input: TransactionMarkersInput) {
    this.#input = input
  }

  /**
   * Writes `marker` into all of `partitions`. Once more does no harm.
   *
   * @returns a promise that resolves once they are durable
   * @throws LogError where a partition cannot take it now
   */
  writeAll(partitions: PartitionSet, marker: TransactionMarker): Promise<unknown> {
    const written: Promise<void>[] = []
    for (const [topic, indexes] of partitions) {
      for (const index of indexes) {
        try {
          const own = this.#inEpochOf(topic, index, marker)
          const durable = this.write(topic, index, own)?.catch(ignoreThatItWasDeleted)
          // If one of the others cannot be written, nobody waits for this one.
          durable?.catch(() => {})
          if (durable) written.push(durable)
        } catch (error) {
          if (!(error instanceof LogError) || !isMoot(error)) throw error
        }
      }
    }
    return Promise.all(written)
  }

  /**
   * A partition may have a marker of a later coordinator, from an administrator or from the Apache
   * Kafka that it was brought from: refused, the marker would leave the transaction open for good.
   */
  #inEpochOf(topic: string, partition: number, marker: TransactionMarker): TransactionMarker {
    const log = this.#input.topics.byName(topic)?.partitions[partition]
    const known = log?.producers.get(marker.producerId)?.coordinatorEpoch ?? coordinatorEpoch
    return known <= marker.coordinatorEpoch ? marker : { ...marker, coordinatorEpoch: known }
  }

  /** Returns `undefined` where there is no such partition. @throws LogError */
  write(topic: string, partition: number, marker: TransactionMarker): Promise<void> | undefined {
    if (topic === consumerOffsetsTopic) return this.#input.groups.endTransaction(marker)
    const log = this.#input.topics.byName(topic)?.partitions[partition]
    return log && appendMarker(log, marker, this.#input.clock.now())
  }
}

/** Ends what is open of a producer in `log`. @throws LogError */
function appendMarker(
  log: PartitionLog,
  marker: TransactionMarker,
  timestamp: number,
): Promise<void> {
  const batch = writeMarkerBatch({ ...marker, timestamp })
  const leaderEpoch = log.epochs.current
  const { lastOffset } = log.append(batch, { origin: 'coordinator', leaderEpoch })
  return log.whenDurable(lastOffset + 1)
}

/** The producer has moved on there, as after an administrator ended its transaction by hand. */
function isMoot({ errorName }: LogError): boolean {
  return errorName === 'INVALID_PRODUCER_EPOCH'
}

/** Amid the sync: the partition needs no marker any more. */
function ignoreThatItWasDeleted(error: unknown): void {
  if (!(error instanceof LogError) || error.errorName !== 'UNKNOWN_TOPIC_OR_PARTITION') throw error
}
