/**
 * The state of one transactional id, and how it changes. A state is a value: what changes it
 * returns the next one.
 *
 *     Empty ──▶ Ongoing ──▶ PrepareCommit ──▶ CompleteCommit ──▶ Ongoing …
 *                      └──▶ PrepareAbort  ──▶ CompleteAbort  ──▶
 *
 * From "Prepare" on the outcome is decided; "Complete" says that all partitions know it. With
 * transactions of version 2 (KIP-890) every end raises the epoch, so that what belongs to one
 * transaction can never be taken for a part of the next.
 */

import type { TransactionResult } from '../../record/control-record.ts'

/** In the order of Kafka's numbers. */
export const transactionStatuses = [
  'Empty',
  'Ongoing',
  'PrepareCommit',
  'PrepareAbort',
  'CompleteCommit',
  'CompleteAbort',
] as const

export type TransactionStatus = (typeof transactionStatuses)[number]

/** Partitions by topic. */
export type PartitionSet = ReadonlyMap<string, ReadonlySet<number>>

/** A producer id in one of its epochs. */
export interface ProducerIdentity {
  readonly producerId: number
  readonly producerEpoch: number
}

export interface Transaction extends ProducerIdentity {
  readonly transactionalId: string
  /** The epoch before, where a retry with it comes from the same producer; else -1. */
  readonly lastEpoch: number
  /** The producer id before this one; -1 where there was none. */
  readonly previousProducerId: number
  /** The producer id after the transaction that is being ended; -1 where it stays. */
  readonly nextProducerId: number
  readonly timeoutMs: number
  readonly status: TransactionStatus
  readonly partitions: PartitionSet
  /** Milliseconds since 1970; -1 before the first transaction. */
  readonly startedAtMs: number
  readonly updatedAtMs: number
  /** Whether the producer that ended it last knows that this raised its epoch. */
  readonly raisesEpoch: boolean
}

const noPartitions: PartitionSet = new Map()
const noEpoch = -1
const noProducerId = -1

/** The largest epoch that a client gets: one is left over to fence it. */
export const lastUsableEpoch = 2 ** 15 - 2

/** Returns the state of an id that nobody has used. Its first epoch is still to come. */
export function newTransaction(transactionalId: string, producerId: number): Transaction {
  return {
    transactionalId,
    producerId,
    producerEpoch: noEpoch,
    lastEpoch: noEpoch,
    previousProducerId: noProducerId,
    nextProducerId: noProducerId,
    timeoutMs: 0,
    status: 'Empty',
    partitions: noPartitions,
    startedAtMs: -1,
    updatedAtMs: -1,
    raisesEpoch: false,
  }
}

export function isEpochExhausted({ producerEpoch }: Transaction): boolean {
  return producerEpoch >= lastUsableEpoch
}

export function isEnding({ status }: Transaction): boolean {
  return status === 'PrepareCommit' || status === 'PrepareAbort'
}

export function resultOf({ status }: Transaction): TransactionResult {
  return status === 'PrepareCommit' || status === 'CompleteCommit' ? 'commit' : 'abort'
}

export function hasPartition(
  { partitions }: Transaction,
  topic: string,
  partition: number,
): boolean {
  return partitions.get(topic)?.has(partition) ?? false
}

export interface Initialisation {
  readonly timeoutMs: number
  readonly nowMs: number
  /** Whether the producer that had the epoch before is the one that asks. */
  readonly isSameProducer: boolean
}

/** A producer takes the id over, or goes on after an error, in an epoch of its own. */
export function initialised(transaction: Transaction, init: Initialisation): Transaction {
  const { producerId, producerEpoch } = transaction
  const lastEpoch = init.isSameProducer ? producerEpoch : noEpoch
  return renewed(transaction, { producerId, producerEpoch: producerEpoch + 1, lastEpoch }, init)
}

/** As `initialised`, where the epochs of the producer id are used up. */
export function rotated(
  transaction: Transaction,
  producerId: number,
  init: Initialisation,
): Transaction {
  const lastEpoch = init.isSameProducer ? transaction.producerEpoch : noEpoch
  return renewed(transaction, { producerId, producerEpoch: 0, lastEpoch }, init)
}

function renewed(
  transaction: Transaction,
  producer: ProducerIdentity & { readonly lastEpoch: number },
  { timeoutMs, nowMs }: Initialisation,
): Transaction {
  return {
    ...transaction,
    ...producer,
    previousProducerId: transaction.producerId,
    timeoutMs,
    status: 'Empty',
    partitions: noPartitions,
    startedAtMs: -1,
    updatedAtMs: nowMs,
    raisesEpoch: false,
  }
}

/** Partitions become part of the transaction, which begins with the first of them. */
export function withPartitions(
  transaction: Transaction,
  added: PartitionSet,
  nowMs: number,
): Transaction {
  const partitions = new Map(transaction.partitions)
  for (const [topic, indexes] of added) {
    partitions.set(topic, new Set([...(partitions.get(topic) ?? []), ...indexes]))
  }
  const startedAtMs = transaction.status === 'Ongoing' ? transaction.startedAtMs : nowMs
  const lastEpoch = transaction.status === 'Ongoing' ? transaction.lastEpoch : noEpoch
  return {
    ...transaction,
    status: 'Ongoing',
    partitions,
    startedAtMs,
    lastEpoch,
    updatedAtMs: nowMs,
    raisesEpoch: false,
  }
}

/** Who the producer is once the transaction is over that is being ended. */
export function successorOf({
  producerId,
  producerEpoch,
  nextProducerId,
}: Transaction): ProducerIdentity {
  if (nextProducerId === noProducerId) return { producerId, producerEpoch }
  return { producerId: nextProducerId, producerEpoch: 0 }
}

/** The producer is locked out: whatever it says from now on is of an old epoch. */
export function fenced(transaction: Transaction): Transaction {
  return { ...transaction, producerEpoch: transaction.producerEpoch + 1, lastEpoch: noEpoch }
}

export interface Ending {
  readonly result: TransactionResult
  readonly raisesEpoch: boolean
  /** A new one where the epochs of the old one are used up, else -1. */
  readonly nextProducerId: number
  readonly nowMs: number
}

/** The outcome is decided. */
export function prepared(transaction: Transaction, ending: Ending): Transaction {
  const { producerEpoch } = transaction
  const raised = { producerEpoch: producerEpoch + 1, lastEpoch: producerEpoch }
  return {
    ...transaction,
    ...(ending.raisesEpoch ? raised : {}),
    status: ending.result === 'commit' ? 'PrepareCommit' : 'PrepareAbort',
    nextProducerId: ending.nextProducerId,
    startedAtMs: transaction.status === 'Ongoing' ? transaction.startedAtMs : ending.nowMs,
    updatedAtMs: ending.nowMs,
    raisesEpoch: ending.raisesEpoch,
  }
}

/** All partitions know the outcome. */
export function completed(transaction: Transaction, nowMs: number): Transaction {
  const { producerId, nextProducerId, previousProducerId } = transaction
  const hasRotated = nextProducerId !== noProducerId
  return {
    ...transaction,
    ...successorOf(transaction),
    previousProducerId: hasRotated ? producerId : previousProducerId,
    nextProducerId: noProducerId,
    status: transaction.status === 'PrepareCommit' ? 'CompleteCommit' : 'CompleteAbort',
    partitions: noPartitions,
    updatedAtMs: nowMs,
  }
}
