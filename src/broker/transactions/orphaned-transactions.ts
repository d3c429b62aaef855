/**
 * Transactions that are open in a partition while the coordinator knows nothing of them: a power
 * failure took the record of their beginning, or the partition was brought from elsewhere. Nobody
 * was told that anything of them is stored, and nobody can end them, so they are aborted.
 */

import type { ManagedLog } from '../../log/log-manager.ts'
import type { Logger } from '../../runtime/runtime.ts'
import type { TransactionCoordinator } from './transaction-coordinator.ts'
import type { TransactionMarkers } from './transaction-markers.ts'

export interface OrphanedTransactionsInput {
  readonly logs: Iterable<ManagedLog>
  readonly transactions: Pick<TransactionCoordinator, 'covers'>
  readonly markers: Pick<TransactionMarkers, 'write'>
  readonly logger: Logger
}

export function abortOrphans({ logs, transactions, markers, logger }: OrphanedTransactionsInput) {
  for (const { topic, partition, log } of logs) {
    for (const [producerId, producer] of log.producers) {
      const { transactionFirstOffset: offset, epoch: producerEpoch } = producer
      if (offset < 0 || transactions.covers(producerId, topic, partition)) continue
      const facts = { topic, partition, producerId, offset }
      logger.warn('aborting a transaction that nobody can end', facts)
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
