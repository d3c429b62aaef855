/**
 * Transactions that are open in a partition while the coordinator knows nothing of them: a power
 * failure took the record of their beginning, or the partition was brought from elsewhere. Nobody
 * was told that anything of them is stored, and nobody can end them, so they are aborted.
 *
 * Their producer may still be at it, and send a batch again that was not answered. It would be told
 * that it is stored, which it is: aborted. So its epoch ends with the abort, and it is told that.
 */

import type { ManagedLog } from '../../log/log-manager.ts'
import type { Logger } from '../../runtime/runtime.ts'
import { consumerOffsetsTopic } from '../topic-name.ts'
import type { TransactionCoordinator } from './transaction-coordinator.ts'
import type { TransactionMarkers } from './transaction-markers.ts'
import { lastUsableEpoch } from './transaction.ts'

export interface OrphanedTransactionsInput {
  readonly logs: Iterable<ManagedLog>
  readonly transactions: Pick<TransactionCoordinator, 'covers'>
  readonly markers: Pick<TransactionMarkers, 'write'>
  readonly logger: Logger
}

export function abortOrphans({ logs, transactions, markers, logger }: OrphanedTransactionsInput) {
  for (const { topic, partition, log } of logs) {
    for (const [producerId, producer] of log.producers) {
      const { transactionFirstOffset: offset, epoch } = producer
      if (offset < 0 || transactions.covers(producerId, topic, partition)) continue
      const facts = { topic, partition, producerId, offset }
      logger.warn('aborting a transaction that nobody can end', facts)
      // Offsets have no sequence: they are just committed again, and clients want no error there.
      const isNumbered = topic !== consumerOffsetsTopic && epoch <= lastUsableEpoch
      const producerEpoch = isNumbered ? epoch + 1 : epoch
      const coordinatorEpoch = Math.max(0, producer.coordinatorEpoch)
      const marker = { producerId, producerEpoch, coordinatorEpoch, result: 'abort' } as const
      try {
        // The broker ends with its logs; the next start would find the transaction again.
        markers.write(topic, partition, marker)?.catch(() => {})
      } catch (error) {
        logger.warn('it cannot be aborted now; the next start tries again', { ...facts, error })
      }
    }
  }
}
