/**
 * Checks that a batch which says it is a part of a transaction is a part of that which its producer
 * has open: what was sent for an earlier one, and was late, must not get into the next.
 */

import type { ProduceRequest } from '../../protocol/produce.ts'
import * as batchAttributes from '../../record/batch-attributes.ts'
import * as batchLayout from '../../record/batch-layout.ts'
import {
  batchHeaderBytes,
  InvalidBatchError,
  readBatchHeader,
  type BatchHeader,
} from '../../record/batch.ts'
import type { RequestContext } from '../request-context.ts'
import { RequestError } from '../request-error.ts'

/** From this version on a partition becomes a part of the transaction by the first batch for it. */
const implicitVersion = 12
/** From this version on clients know TRANSACTION_ABORTABLE. */
const abortableVersion = 11

export interface TransactionalBatch {
  readonly topic: string
  readonly partition: { readonly index: number; readonly records: Uint8Array | null }
}

/**
 * Returns what has to be durable before the batch is acknowledged; `undefined` for nothing.
 *
 * @throws RequestError
 */
export function admitTransaction(
  { transactionalId }: Pick<ProduceRequest, 'transactionalId'>,
  { topic, partition }: TransactionalBatch,
  { broker, version }: RequestContext,
): Promise<void> | undefined {
  const records = partition.records!
  // What is too short to be a batch is refused by the log.
  if (!isOfTransaction(records) || records.length < batchHeaderBytes) return
  const header = headerOf(records)
  if (transactionalId === null) {
    const message = 'A batch is transactional, and the request has no transactional id.'
    throw new RequestError('TRANSACTIONAL_ID_AUTHORIZATION_FAILED', message)
  }
  const { transactions } = broker
  const { index } = partition
  try {
    if (version < implicitVersion) {
      transactions.checkPartition(transactionalId, header, { topic, partition: index })
      return undefined
    }
    return transactions.addPartitions(transactionalId, header, new Map([[topic, new Set([index])]]))
  } catch (error) {
    throw error instanceof RequestError ? forVersion(error, version) : error
  }
}

/** Whether the first batch says that it is a part of a transaction. */
export function isOfTransaction(records: Uint8Array): boolean {
  const attributes = records[batchLayout.attributes + 1] ?? 0
  return (attributes & batchAttributes.transactional) !== 0
}

/** @throws RequestError where there is no header that can be read */
function headerOf(records: Uint8Array): BatchHeader {
  try {
    return readBatchHeader(records)
  } catch (error) {
    if (!(error instanceof InvalidBatchError)) throw error
    throw new RequestError(error.errorName, error.message)
  }
}

/** Returns the error in a form that the client knows. */
function forVersion(error: RequestError, version: number): RequestError {
  const { errorName, message } = error
  if (errorName === 'PRODUCER_FENCED') return new RequestError('INVALID_PRODUCER_EPOCH', message)
  if (errorName === 'TRANSACTION_ABORTABLE' && version < abortableVersion) {
    return new RequestError('INVALID_TXN_STATE', message)
  }
  if (errorName === 'CONCURRENT_TRANSACTIONS' && version < implicitVersion) {
    // What older clients take for a reason to try again.
    return new RequestError('NOT_ENOUGH_REPLICAS', message)
  }
  return error
}
