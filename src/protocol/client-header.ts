/**
 * The headers of requests and responses as a client handles them: it writes the one and reads the
 * other. Apart from `server-header.ts`, so that a client is bundled without tables it does not use.
 */

import type { ByteReader } from '../bytes/reader.ts'
import type { ByteWriter } from '../bytes/writer.ts'
import { hasTaggedRequestHeader, hasTaggedResponseHeader, type Api } from './api.ts'
import { nullableString } from './codec.ts'
import { skipTags } from './struct.ts'

export interface RequestHeaderInput {
  readonly api: Pick<Api, 'key' | 'versions'>
  readonly version: number
  readonly correlationId: number
  readonly clientId: string | null
}

export function writeRequestHeader(
  writer: ByteWriter,
  { api, version, correlationId, clientId }: RequestHeaderInput,
): void {
  writer.int16(api.key)
  writer.int16(version)
  writer.int32(correlationId)
  nullableString.write(writer, clientId, { version, flexible: false })
  if (hasTaggedRequestHeader(api, version)) writer.uvarint(0)
}

/** Returns the correlation id, having read up to the body. */
export function readResponseHeader(
  reader: ByteReader,
  api: Pick<Api, 'key' | 'versions'>,
  version: number,
): number {
  const correlationId = reader.int32()
  if (hasTaggedResponseHeader(api, version)) skipTags(reader)
  return correlationId
}
