/**
 * The headers of requests and responses as a broker handles them: it reads the one and writes the
 * other. `client-header.ts` is the other side.
 */

import type { ByteReader } from '../bytes/reader.ts'
import type { ByteWriter } from '../bytes/writer.ts'
import { hasTaggedRequestHeader, hasTaggedResponseHeader, type Api } from './api.ts'
import { nullableString } from './codec.ts'
import { apiByKey } from './registry.ts'
import { skipTags } from './struct.ts'

export interface RequestHeader {
  readonly apiKey: number
  readonly apiVersion: number
  readonly correlationId: number
  readonly clientId: string | null
  /** Whether the body is in a flexible version; false where the API or version is unknown. */
  readonly flexible: boolean
}

/**
 * Reads a header. Of an API or version that is unknown, what follows the client id cannot be told,
 * and need not be, since the answer is an error.
 */
export function readRequestHeader(reader: ByteReader): RequestHeader {
  const apiKey = reader.int16()
  const apiVersion = reader.int16()
  const correlationId = reader.int32()
  const clientId = nullableString.read(reader, { version: apiVersion, flexible: false })
  const api = apiByKey(apiKey)
  const flexible =
    api !== undefined && apiVersion <= api.versions.max && hasTaggedRequestHeader(api, apiVersion)
  if (flexible) skipTags(reader)
  return { apiKey, apiVersion, correlationId, clientId, flexible }
}

export function writeResponseHeader(
  writer: ByteWriter,
  api: Pick<Api, 'key' | 'versions'>,
  version: number,
  correlationId: number,
): void {
  writer.int32(correlationId)
  if (hasTaggedResponseHeader(api, version)) writer.uvarint(0)
}
