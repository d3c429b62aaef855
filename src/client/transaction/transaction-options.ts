/** The options of a transaction, checked once. */

import { durationMs, type Duration } from '../failure/duration.ts'
import { InvalidOptionError } from '../failure/errors.ts'
import {
  resolveDelivery,
  type DeliveryOptions,
  type ProducerConfig,
} from '../producer/producer-options.ts'
import type { OperationOptions } from '../settings/kafka-options.ts'

/** The options of `kafka.transaction`. */
export interface TransactionConfig<Value = unknown, Key = string> extends Omit<
  ProducerConfig<Value, Key>,
  'acks' | 'idempotent' | 'timeout'
> {
  /**
   * Names the producer to the cluster. Whoever uses the same id later, in whichever process, ends
   * the transactions of all before: with their first one, or at once with `initTransactions`.
   * Transactions of one id run one after the other.
   *
   * @default ids of this client's own, as many as it has transactions at the same time
   */
  readonly transactionalId?: string
  /**
   * The longest that a transaction may take; then it is aborted. Meanwhile consumers see nothing of
   * what comes after it in its partitions. A broker refuses more than 15 minutes, unless told
   * otherwise.
   *
   * @default '60s'
   */
  readonly transactionTimeout?: Duration
  /** How long each of its steps may take: a record, or the commit. @default the client's */
  readonly timeout?: OperationOptions['timeout']
  /** Aborts the transaction; once its commit is on its way, nothing does. */
  readonly signal?: AbortSignal
}

export interface TransactionSettings {
  readonly transactionalId: string | undefined
  readonly transactionTimeoutMs: number
  readonly delivery: DeliveryOptions
}

/** @throws InvalidOptionError, naming the option that cannot work; `client` has the defaults */
export function resolveTransaction<Value, Key>(
  config: TransactionConfig<Value, Key>,
  client: { readonly timeoutMs: number; readonly retries: number },
): TransactionSettings {
  const { transactionalId, transactionTimeout = '60s', signal: _signal, ...producing } = config
  if (transactionalId === '') {
    const expected = 'a text of at least one character'
    throw new InvalidOptionError({ option: 'transactionalId', expected, actual: transactionalId })
  }
  return {
    transactionalId,
    transactionTimeoutMs: durationMs('transactionTimeout', transactionTimeout),
    delivery: resolveDelivery({ ...producing, acks: 'all', idempotent: true }, client),
  }
}
