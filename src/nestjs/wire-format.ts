/**
 * Messages between microservices as Nest's own Kafka transport writes them, so that services with
 * either one understand each other.
 *
 *   request: topic `<pattern>`; headers kafka_correlationId, kafka_replyTopic, and, where replies
 *     must be in one partition, kafka_replyPartition
 *   reply: headers kafka_correlationId; kafka_nest-err with an error; kafka_nest-is-disposed on the
 *     last one
 *   event: topic `<pattern>`
 *
 * Values: text is as it is, and all else JSON; what is read is JSON where it begins with { or [.
 * Keys: as values, but that those with a text of their own are that.
 */

import { KafkaHeaders } from '@nestjs/microservices'
import type { HeadersInput, Message } from '../client/producer/producer.ts'
import type { Serde } from '../client/record/serde.ts'

/** What is asked for with a request. */
export interface ReplyAddress {
  readonly correlationId: string
  readonly topic: string
  readonly partition: number | undefined
}

/** One of the answers to a request. */
export interface Reply {
  readonly response?: unknown
  readonly err?: unknown
  /** It is the last one. */
  readonly isDisposed?: boolean
}

/** In kafka_nest-is-disposed: there is no response in this reply, not even `null`. */
const nothingMore = 'nothing more'

const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/** How values are written unless a service says otherwise. */
export const nestValue: Serde<unknown> = {
  serialize(value) {
    if (typeof value === 'string' || value instanceof Uint8Array) return value
    if (value instanceof Date) return value.toISOString()
    return JSON.stringify(value)
  },
  deserialize(bytes) {
    // A leading zero announces bytes with a schema, which are for the program to read.
    return bytes[0] === 0 ? bytes.slice() : parsed(decoder.decode(bytes))
  },
}

/** How keys are written: an id of a database, which is an object, is its text. */
export const nestKey: Serde<unknown> = {
  ...nestValue,
  serialize(key) {
    const isList = Array.isArray(key) || key instanceof Uint8Array
    const isText = !isList && (key as object).toString !== Object.prototype.toString
    return isText ? String(key) : nestValue.serialize(key)
  },
}

function parsed(text: string): unknown {
  if (!text.startsWith('{') && !text.startsWith('[')) return text
  try {
    return JSON.parse(text)
  } catch {
    // Text that only looks like JSON is text.
    return text
  }
}

const messageFields = new Set(['key', 'value', 'headers', 'partition', 'timestamp'])

/** Takes data that consists of a value with key or headers for a message, all else for a value. */
export function toMessage(data: unknown): Message<unknown> {
  const isMessage =
    typeof data === 'object' &&
    data !== null &&
    'value' in data &&
    Object.keys(data).every((name) => messageFields.has(name))
  const message = isMessage ? (data as Message<unknown>) : { value: data }
  return { ...message, value: message.value ?? null }
}

/** Returns `headers` and those of a request. */
export function requestHeaders(
  headers: HeadersInput | undefined,
  { correlationId, topic, partition }: ReplyAddress,
): HeadersInput {
  const own: [string, string][] = [
    [KafkaHeaders.CORRELATION_ID, correlationId],
    [KafkaHeaders.REPLY_TOPIC, topic],
  ]
  if (partition !== undefined) own.push([KafkaHeaders.REPLY_PARTITION, String(partition)])
  return [...pairsOf(headers), ...own]
}

/** Returns where the answer is to go; `undefined` where none is waited for. */
export function replyAddress(headers: Readonly<Record<string, string>>): ReplyAddress | undefined {
  const correlationId = headers[KafkaHeaders.CORRELATION_ID]
  const topic = headers[KafkaHeaders.REPLY_TOPIC]
  const partition = headers[KafkaHeaders.REPLY_PARTITION]
  if (!correlationId || !topic) return undefined
  return { correlationId, topic, partition: partition ? Number(partition) : undefined }
}

/** Returns the message for a reply. */
export function replyMessage(reply: Reply, { correlationId, partition }: ReplyAddress) {
  const { value, key, headers } = toMessage(reply.response)
  const own: [string, string][] = [[KafkaHeaders.CORRELATION_ID, correlationId]]
  if (reply.err !== undefined) own.push([KafkaHeaders.NEST_ERR, errorText(reply.err)])
  if (reply.isDisposed) {
    own.push([KafkaHeaders.NEST_IS_DISPOSED, 'response' in reply ? '\0' : nothingMore])
  }
  const message = { value, key: key ?? null, headers: [...pairsOf(headers), ...own] }
  return partition === undefined ? message : { ...message, partition }
}

/** Reads a reply; `undefined` where it is none. */
export function readReply(
  headers: Readonly<Record<string, string>>,
  value: unknown,
): (Reply & { readonly correlationId: string }) | undefined {
  const correlationId = headers[KafkaHeaders.CORRELATION_ID]
  if (correlationId === undefined) return undefined
  const err = headers[KafkaHeaders.NEST_ERR]
  if (err !== undefined) return { correlationId, err: parsed(err), isDisposed: true }
  const disposed = headers[KafkaHeaders.NEST_IS_DISPOSED]
  if (disposed === nothingMore) return { correlationId, isDisposed: true }
  return { correlationId, response: value, isDisposed: disposed !== undefined }
}

function errorText(error: unknown): string {
  if (error instanceof Error) return error.message
  return typeof error === 'string' ? error : JSON.stringify(error)
}

function pairsOf(headers: HeadersInput | undefined): [string, string | Uint8Array | null][] {
  const pairs = Array.isArray(headers) ? headers : Object.entries(headers ?? {})
  return pairs as [string, string | Uint8Array | null][]
}
