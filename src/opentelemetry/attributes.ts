/**
 * Names and values of OpenTelemetry's conventions for messaging and Kafka, as of version 1.44. What
 * requests to brokers are is in none of them: those names begin with `kafka.`.
 */

import type { Attributes } from '@opentelemetry/api'

/** `host:port`, or a URL, which may have a password in it. */
const address = /^(?:(\w+):\/\/(?:[^@/]*@)?)?\[?([^/]+?)\]?(?::(\d+))?(?:\/.*)?$/

/** What is done with a record. */
export type Operation = 'send' | 'process'

/** What all spans and metrics of an operation on a topic have. */
export function ofOperation(operation: Operation, topic: string, group?: string): Attributes {
  return {
    'messaging.system': 'kafka',
    'messaging.operation.name': operation,
    'messaging.operation.type': operation,
    'messaging.destination.name': topic,
    ...(group === undefined ? {} : { 'messaging.consumer.group.name': group }),
  }
}

/** What a record is; nothing of a key that no text stands for. */
export function ofRecord(key: unknown, isTombstone: boolean): Attributes {
  const hasText = typeof key === 'string' || typeof key === 'number'
  return {
    ...(hasText ? { 'messaging.kafka.message.key': String(key) } : {}),
    ...(isTombstone ? { 'messaging.kafka.message.tombstone': true } : {}),
  }
}

/** Where a record is, as far as that is known. */
export function ofPlace(partition: number | undefined, offset = -1): Attributes {
  return {
    ...(partition === undefined ? {} : { 'messaging.destination.partition.id': String(partition) }),
    ...(offset < 0 ? {} : { 'messaging.kafka.offset': offset }),
  }
}

/** The kind of an error: the code of one that has any, else the name of its class. */
export function ofError(error: unknown): Attributes {
  if (error === undefined) return {}
  const { code, name = '_OTHER' } = Object(error) as { code?: unknown; name?: string }
  return { 'error.type': typeof code === 'string' ? code : name }
}

/** What a request to `broker` is. One in this process is at no address. */
export function ofRequest(api: string, broker: string): Attributes {
  const [, scheme, host, port] = address.exec(broker) ?? []
  return {
    'kafka.api.name': api,
    ...(host !== undefined && (scheme ?? port) ? { 'server.address': host } : {}),
    ...(port === undefined ? {} : { 'server.port': Number(port) }),
  }
}
