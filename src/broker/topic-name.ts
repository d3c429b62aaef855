/** Which names topics may have, and which topics are the broker's own. */

import { RequestError } from './request-error.ts'

export const consumerOffsetsTopic = '__consumer_offsets'
export const clusterMetadataTopic = '__cluster_metadata'
export const transactionStateTopic = '__transaction_state'

/** Where the offsets of all groups are, as a part of a transaction. */
export const offsetsPartition: ReadonlyMap<string, ReadonlySet<number>> = new Map([
  [consumerOffsetsTopic, new Set([0])],
])

const internalTopics: ReadonlySet<string> = new Set([
  consumerOffsetsTopic,
  clusterMetadataTopic,
  transactionStateTopic,
])

export function isInternalTopic(name: string): boolean {
  return internalTopics.has(name)
}

const nameMax = 249

/** @throws RequestError with INVALID_TOPIC_EXCEPTION, saying what is wrong with `name` */
export function checkTopicName(name: string): void {
  const problem = problemOf(name)
  if (problem !== undefined) {
    throw new RequestError('INVALID_TOPIC_EXCEPTION', `Topic name is invalid: ${problem}`)
  }
}

function problemOf(name: string): string | undefined {
  if (name === '') return 'it is empty'
  if (name === '.' || name === '..') return `'${name}' is not allowed`
  if (name.length > nameMax) return `it is ${name.length} characters long, ${nameMax} are allowed`
  if (!/^[a-zA-Z0-9._-]+$/.test(name)) {
    return `'${name}' has characters other than letters, digits, '.', '_' and '-'`
  }
  return undefined
}

/** Two names with the same form would have the same metrics, which Kafka does not allow. */
export function collisionForm(name: string): string {
  return name.replaceAll('.', '_')
}
