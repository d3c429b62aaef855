/** One transaction from its beginning to its end, which is always one of both: all, or nothing. */

import type { Cluster } from '../cluster/cluster.ts'
import { abortable } from '../failure/deadline.ts'
import { ClosedError, KafkaError, TimeoutError } from '../failure/errors.ts'
import type { TransactionConfig, TransactionSettings } from './transaction-options.ts'
import { Transaction } from './transaction.ts'
import type { TransactionalProducer } from './transactional-producer.ts'

/** What is done in a transaction: it is committed when this returns, or resolves. */
export type TransactionWork<Value, Key, Result> = (
  transaction: Transaction<Value, Key>,
) => Result | Promise<Result>

export interface TransactionRun {
  readonly cluster: Cluster
  readonly producer: TransactionalProducer
  readonly settings: TransactionSettings
  readonly signal: AbortSignal
}

/**
 * Runs `work` and commits; aborts where it throws, a record could not be sent, or time is up.
 *
 * @throws what made it impossible to commit; `maybeApplied` only where the answer to the commit is
 * missing
 */
export async function runTransaction<Value, Key, Result>(
  { cluster, producer, settings, signal }: TransactionRun,
  topic: string,
  program: {
    readonly work: TransactionWork<Value, Key, Result>
    readonly config: TransactionConfig<Value, Key>
  },
): Promise<Result> {
  /** Is not to wait for the program any more. */
  const hurried = new AbortController()
  /** Cannot be committed any more. */
  const doomed = new AbortController()
  let isCommitting = false
  /** Why it cannot be: each record that could not be sent has an error of its own. */
  const reasons = new Set<unknown>()
  const fail = (error: unknown): void => {
    reasons.add(error)
    // Its commit decides then, and the producer is for the next one.
    if (doomed.signal.aborted || isCommitting) return
    doomed.abort(error)
    producer.sender.close(asKafkaError(error))
  }
  const hurry = (reason: unknown): void => {
    fail(reason)
    hurried.abort(reason)
  }
  const onAbort = (): void => hurry(signal.reason)
  signal.addEventListener('abort', onAbort, { once: true })
  const { transactionTimeoutMs } = settings
  const timer = cluster.platform.clock.after(transactionTimeoutMs, () => {
    hurry(new TimeoutError(`a transaction has taken more than ${transactionTimeoutMs} ms`))
  })
  const { work, config } = program
  const { sender } = producer
  const parts = { cluster, sender, topic, config, signal: doomed.signal, onFailure: fail }
  const transaction = new Transaction(parts)
  try {
    await producer.begin(hurried.signal, fail)
    const worked = Promise.resolve().then(() => work(transaction))
    const result = await abortable(worked, hurried.signal)
    const offsets = transaction.finish()
    await abortable(Promise.all([transaction.settled(), sender.flush()]), hurried.signal)
    doomed.signal.throwIfAborted()
    await producer.addOffsets(offsets, hurried.signal)
    doomed.signal.throwIfAborted()
    isCommitting = true
    await producer.commit()
    transaction.noteCommitted()
    return result
  } catch (error) {
    transaction.finish()
    const isDoubtful = isCommitting && KafkaError.is(error) && error.maybeApplied
    await producer.abort(asKafkaError(error))
    if (!isDoubtful) undone(error, reasons)
    throw error
  } finally {
    timer.cancel()
    signal.removeEventListener('abort', onAbort)
  }
}

function asKafkaError(error: unknown): KafkaError {
  if (KafkaError.is(error)) return error
  return new ClosedError('the transaction is aborted', { cause: error })
}

/** What was sent may be stored all the same, but it is aborted: nobody sees it. */
function undone(error: unknown, reasons: ReadonlySet<unknown>): void {
  if (!(error instanceof Error) || !('maybeApplied' in error) || !error.maybeApplied) return
  if (reasons.has(error) || reasons.has(error.cause)) Object.assign(error, { maybeApplied: false })
}
