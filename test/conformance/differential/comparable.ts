/**
 * Makes the answers of two brokers comparable: what must differ, such as ids, ports and times,
 * becomes the same word on both sides; error codes become names; the order of lists, which means
 * nothing in Kafka, becomes one order; records become their batches.
 */

import { createHash } from 'node:crypto'
import { zeroUuid } from '../../../src/bytes/uuid.ts'
import { errorName } from '../../../src/protocol/error-codes.ts'
import { batchHeaderBytes, InvalidBatchError } from '../../../src/record/batch.ts'
import { decodeBatches } from '../../../src/record/batch-reader.ts'
import type { Side } from './side.ts'

export type Comparable =
  | string
  | number
  | boolean
  | null
  | readonly Comparable[]
  | { readonly [name: string]: Comparable }

type Fields = Readonly<Record<string, unknown>>

const hourMs = 3_600_000
/** What tells one entry of a list from another; entries are put in the order of these. */
const identities = [
  'topicName name topic topicId key apiKey groupId memberId groupInstanceId transactionalId',
  'producerId firstOffset resourceType resourceName partitionIndex index partition partitionId',
  'batchIndex feature user nodeId brokerId replicaId entityType principal host operation logDir',
]
  .join(' ')
  .split(' ')

/** Notes the ids that `answer` brings; `where` says which request it answered. */
export function learn(answer: unknown, { side, where }: { side: Side; where: string }): void {
  if (Array.isArray(answer)) {
    for (const entry of answer) learn(entry, { side, where })
    return
  }
  if (typeof answer !== 'object' || answer === null || answer instanceof Uint8Array) return
  const fields = answer as Fields
  const topic = fields['topicName'] ?? fields['name'] ?? fields['topic']
  const topicId = fields['topicId']
  const isTopic = typeof topic === 'string' && topic !== '' && typeof topicId === 'string'
  if (isTopic && topicId !== zeroUuid) side.learnTopic(topic, topicId)
  const memberId = fields['memberId']
  if (typeof memberId === 'string' && isMadeUp(memberId) && !side.symbols.has(memberId)) {
    side.symbols.set(memberId, `<member of ${where}>`)
  }
  const producerId = fields['producerId']
  if (typeof producerId === 'number' && 'producerEpoch' in fields && !('errorMessage' in fields)) {
    const isNew = producerId >= 0 && !side.producers.has(producerId)
    if (isNew && where.startsWith('InitProducerId')) {
      side.producers.set(producerId, `<producer of ${where}>`)
    }
  }
  for (const value of Object.values(fields)) learn(value, { side, where })
}

/** Whether a member's id was made by a broker: it is, or ends with, a UUID in either form. */
function isMadeUp(memberId: string): boolean {
  return /(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|(?:^|-)[\w-]{22})$/.test(memberId)
}

export function comparable(value: unknown, side: Side, name = ''): Comparable {
  if (value === null || value === undefined) return null
  if (value instanceof Uint8Array) {
    return name === 'records' ? batchesOf(value, side) : Buffer.from(value).toString('hex')
  }
  if (Array.isArray(value)) {
    const entries = value.map((entry) => comparable(entry, side, name))
    return entries.every(isStruct) ? inOrder(entries) : entries
  }
  if (typeof value === 'object') {
    const fields = Object.entries(value as Fields)
    return Object.fromEntries(fields.map(([name, field]) => [name, comparable(field, side, name)]))
  }
  if (typeof value === 'number') return comparableNumber(value, side, name)
  if (typeof value === 'string') return comparableText(value, side, name)
  return value as boolean
}

function comparableNumber(value: number, side: Side, name: string): Comparable {
  if (/errorCode$/i.test(name)) return errorName(value)
  if (name === 'throttleTimeMs') return 0
  if (name === 'port' && value > 0) return '<port>'
  if (name === 'sessionId' && value !== 0) return '<session>'
  if (name === 'producerId') return side.producers.get(value) ?? value
  if (/^(total|usable)Bytes$/.test(name) && value > 0) return '<bytes>'
  if (name === 'finalizedFeaturesEpoch' && value >= 0) return '<epoch>'
  if (/time/i.test(name) && Math.abs(value - Date.now()) < hourMs) return '<now>'
  return value
}

function comparableText(value: string, side: Side, name: string): Comparable {
  if (name === 'clusterId') return value === '' ? '' : '<cluster>'
  if (name === 'logDir') return '<folder>'
  const symbol = side.symbols.get(value)
  if (symbol !== undefined) return symbol
  if (!/message$/i.test(name)) return value
  let text = value
  for (const [id, symbol] of side.symbols) {
    if (text.includes(id)) text = text.replaceAll(id, symbol)
  }
  return text
}

function isStruct(value: Comparable): value is { readonly [name: string]: Comparable } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function inOrder(entries: readonly { readonly [name: string]: Comparable }[]): Comparable[] {
  if (entries.some((entry) => 'baseOffset' in entry && 'sizeBytes' in entry)) return [...entries]
  const keyed = entries.map((entry) => {
    return { entry, key: `${identityOf(entry)} ${JSON.stringify(entry)}` }
  })
  return keyed.toSorted((a, b) => (a.key < b.key ? -1 : 1)).map(({ entry }) => entry)
}

/** Returns what an entry of a list is about, as opposed to what is said about it. */
export function identityOf(entry: Comparable): string {
  if (!isStruct(entry)) return JSON.stringify(entry)
  return JSON.stringify(identities.map((name) => entry[name] ?? null))
}

/** The batches as their headers and a digest of what is in them. */
function batchesOf(bytes: Uint8Array, side: Side): Comparable {
  const batches: Comparable[] = []
  let sizeBytes = 0
  try {
    for (const { header, bytes: batch } of decodeBatches(bytes)) {
      const { crc: _, isControl, producerId, ...rest } = header
      const records = createHash('sha1').update(batch.subarray(batchHeaderBytes)).digest('hex')
      const fields = comparable(rest, side) as { readonly [name: string]: Comparable }
      batches.push({
        ...fields,
        isControl,
        producerId: side.producers.get(producerId) ?? producerId,
        records: isControl ? '<marker>' : records,
      })
      sizeBytes += batch.length
    }
  } catch (error) {
    if (!(error instanceof InvalidBatchError)) throw error
    batches.push(`invalid: ${error.message}`)
  }
  return { batches, bytesOfCutBatch: bytes.length - sizeBytes }
}
