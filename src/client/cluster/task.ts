/** What is asked of the cluster: whom, by which connection, and whether to try again. */

import { KafkaError } from '../failure/errors.ts'
import type { OperationOptions } from '../settings/kafka-options.ts'
import type { Coordinated } from './coordinated.ts'

/** Who is to be asked. */
export type Target =
  | 'any'
  | 'controller'
  | { readonly node: number }
  | { readonly topic: string; readonly partition: number }
  | Coordinated

export interface Task extends OperationOptions {
  /** What is being done, for messages: "create topic 'orders'". */
  readonly action: string
  readonly target: Target
  /** Which connection to use. @default 'changes' where the controller is asked, else 'requests' */
  readonly purpose?: string
  /** Whether it may be done twice, so that it is tried again after a lost answer. @default true */
  readonly isRepeatable?: boolean
  /** Told of what went wrong each time before it is tried again. */
  readonly onProblem?: (problem: KafkaError) => void
  /**
   * Whether a topic that does not exist may be about to: a broker creates it. `surely` where others
   * know it already, and whoever is asked has yet to hear of it. @default false
   */
  readonly awaitsTopic?: boolean | 'surely'
}

const unknownErrors: ReadonlySet<string | undefined> = new Set([
  'UNKNOWN_TOPIC_OR_PARTITION',
  'UNKNOWN_TOPIC_ID',
])

/**
 * Brokers answer the requests of a connection one after another, and what waits for other brokers,
 * as most changes do, is not to hold up producers.
 */
export function purposeOf({ purpose, target }: Task): string {
  return purpose ?? (target === 'controller' ? 'changes' : 'requests')
}

/** Whether what failed with `error` may succeed later. */
export function mayPass(error: unknown, task: Task): error is KafkaError {
  if (!KafkaError.is(error)) return false
  if (error.maybeApplied && task.isRepeatable === false) return false
  return isUnknown(error) ? Boolean(task.awaitsTopic) : error.retriable
}

/** Whether it failed since who was asked has not heard of a topic that there is. */
export function isUnheard(error: unknown, { awaitsTopic }: Task): boolean {
  return awaitsTopic === 'surely' && isUnknown(error)
}

function isUnknown(error: unknown): boolean {
  return KafkaError.is(error) && unknownErrors.has(error.kafkaName)
}
