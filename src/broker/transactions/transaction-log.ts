/** Transactions in their log, `__transaction_state`, in Kafka's schemas. */

import {
  decodeKey,
  decodeValue,
  encodeKey,
  encodeValue,
  keyType,
} from '../../protocol/records/record-schema.ts'
import {
  transactionLogKey,
  transactionLogValue,
  type TransactionLogValue,
} from '../../protocol/records/transaction-records.ts'
import type { StateLog, StateRecord } from '../state-log.ts'
import { transactionStatuses, type PartitionSet, type Transaction } from './transaction.ts'

/** Kafka's number for transactions whose end raises the epoch. */
const version2 = 2

export function recordOf(transaction: Transaction): StateRecord {
  const key = encodeKey(transactionLogKey, { transactionalId: transaction.transactionalId })
  const value: TransactionLogValue = {
    producerId: transaction.producerId,
    previousProducerId: transaction.previousProducerId,
    nextProducerId: transaction.nextProducerId,
    producerEpoch: transaction.producerEpoch,
    nextProducerEpoch: -1,
    transactionTimeoutMs: transaction.timeoutMs,
    transactionStatus: transactionStatuses.indexOf(transaction.status),
    transactionPartitions: listed(transaction.partitions),
    transactionLastUpdateTimestampMs: transaction.updatedAtMs,
    transactionStartTimestampMs: transaction.startedAtMs,
    clientTransactionVersion: transaction.raisesEpoch ? version2 : 0,
  }
  return { key, value: encodeValue(transactionLogValue, value) }
}

export function removalOf(transactionalId: string): StateRecord {
  return { key: encodeKey(transactionLogKey, { transactionalId }), value: null }
}

export function loadTransactions(log: Pick<StateLog, 'replay'>): Map<string, Transaction> {
  const transactions = new Map<string, Transaction>()
  log.replay(({ key, value }) => {
    if (key === null || keyType(key) !== transactionLogKey.type) return
    const { transactionalId } = decodeKey(transactionLogKey, key)
    const transaction = value && transactionOf(transactionalId, value)
    if (transaction) transactions.set(transactionalId, transaction)
    else transactions.delete(transactionalId)
  })
  return transactions
}

/** Returns `undefined` for an id that Apache Kafka was about to forget. */
function transactionOf(transactionalId: string, bytes: Uint8Array): Transaction | undefined {
  const value = decodeValue(transactionLogValue, bytes)
  const status = transactionStatuses[value.transactionStatus]
  if (!status) return undefined
  return {
    transactionalId,
    producerId: value.producerId,
    producerEpoch: value.producerEpoch,
    // Not written down: who retries an initialisation across a restart is fenced, as in Kafka.
    lastEpoch: -1,
    previousProducerId: value.previousProducerId,
    nextProducerId: value.nextProducerId,
    timeoutMs: value.transactionTimeoutMs,
    status,
    partitions: new Map(
      (value.transactionPartitions ?? []).map(({ topic, partitionIds }) => [
        topic,
        new Set(partitionIds),
      ]),
    ),
    startedAtMs: value.transactionStartTimestampMs,
    updatedAtMs: value.transactionLastUpdateTimestampMs,
    raisesEpoch: value.clientTransactionVersion >= version2,
  }
}

function listed(partitions: PartitionSet): TransactionLogValue['transactionPartitions'] {
  return [...partitions].map(([topic, ids]) => ({ topic, partitionIds: [...ids] }))
}
