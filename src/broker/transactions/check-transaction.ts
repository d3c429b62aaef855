/** Who may do what with a transactional id, in which state. */

import type { TransactionResult } from '../../record/control-record.ts'
import { RequestError } from '../request-error.ts'
import {
  isEnding,
  isEpochExhausted,
  lastUsableEpoch,
  resultOf,
  type ProducerIdentity,
  type Transaction,
} from './transaction.ts'

const noEpoch = -1

/** @throws RequestError where `producer` is not the one that has the transactional id */
function checkProducer(transaction: Transaction, producer: ProducerIdentity): void {
  if (transaction.producerId !== producer.producerId) throw wrongProducerId(transaction, producer)
  if (transaction.producerEpoch !== producer.producerEpoch) throw fencedOff(transaction, producer)
}

/** @throws RequestError where partitions cannot be added to the transaction, or be looked for */
export function checkOpen(transaction: Transaction, producer: ProducerIdentity): void {
  if (isEnding(transaction)) {
    // The producer may have been told already who it is once that is done.
    const message = `Transaction '${transaction.transactionalId}' is just being ended.`
    throw new RequestError('CONCURRENT_TRANSACTIONS', message)
  }
  checkProducer(transaction, producer)
}

/**
 * Checks what a producer says of itself when it asks for an epoch. `expected.producerId` -1 is one
 * that starts anew, and takes the id over from whoever has it.
 *
 * @returns `same` for the producer that has the id, which goes on after an error; `retry` where it
 *   asks again for the epoch that it got and may not have heard of
 * @throws RequestError where another producer has the id by now
 */
export function checkInitialisation(
  transaction: Transaction,
  expected: ProducerIdentity,
): 'other' | 'retry' | 'same' {
  const { producerId, producerEpoch } = expected
  if (producerId < 0 || transaction.producerEpoch === noEpoch) return 'other'
  const hasRotated =
    producerId === transaction.previousProducerId && producerEpoch >= lastUsableEpoch
  if (producerId !== transaction.producerId && !hasRotated) throw fencedOff(transaction, expected)
  if (producerEpoch === transaction.producerEpoch) return 'same'
  if (producerEpoch === transaction.lastEpoch) return 'retry'
  throw fencedOff(transaction, expected)
}

export interface EndRequest extends ProducerIdentity {
  readonly result: TransactionResult
  /** Whether the client knows that ending a transaction raises its epoch (KIP-890). */
  readonly raisesEpoch: boolean
}

/**
 * Returns what is left to do: to end the transaction, or nothing, since it has been ended so, or
 * is about to be.
 *
 * @throws RequestError
 */
export function checkEnd(transaction: Transaction, request: EndRequest): 'end' | 'nothing' {
  const isRetry = isRetryOfEnd(transaction, request)
  if (transaction.producerId !== request.producerId && !isRetry) {
    throw wrongProducerId(transaction, request)
  }
  const isSameEpoch = transaction.producerEpoch === request.producerEpoch
  if (!isRetry && !isSameEpoch) throw fencedOff(transaction, request)
  if (transaction.status === 'Ongoing') return 'end'
  if (isRetry || (!request.raisesEpoch && transaction.status !== 'Empty')) {
    if (resultOf(transaction) === request.result) return 'nothing'
  } else if (request.raisesEpoch && request.result === 'abort' && !isEnding(transaction)) {
    // Nothing to abort, but the producer may have lost track of its epoch, and gets a new one.
    return 'end'
  }
  const { transactionalId, status } = transaction
  const message = `Transaction '${transactionalId}' is in state ${status}: no ${request.result}.`
  throw new RequestError('INVALID_TXN_STATE', message)
}

/** Whether the end that is asked for has raised the epoch already. */
function isRetryOfEnd(transaction: Transaction, request: EndRequest): boolean {
  const { raisesEpoch, producerId, producerEpoch, previousProducerId } = transaction
  if (!raisesEpoch || !request.raisesEpoch) return false
  if (producerId === request.producerId) return producerEpoch === request.producerEpoch + 1
  const hasRotated = previousProducerId === request.producerId && producerEpoch === 0
  return hasRotated && isEpochExhausted({ ...transaction, ...request })
}

function wrongProducerId(
  { transactionalId }: Transaction,
  { producerId }: ProducerIdentity,
): RequestError {
  const message = `Producer ${producerId} does not have the transactional id '${transactionalId}'.`
  return new RequestError('INVALID_PRODUCER_ID_MAPPING', message)
}

function fencedOff(transaction: Transaction, { producerEpoch }: ProducerIdentity): RequestError {
  const { transactionalId, producerEpoch: current } = transaction
  const message = `Epoch ${producerEpoch} of '${transactionalId}' is not ${current}, the latest.`
  return new RequestError('PRODUCER_FENCED', message)
}
