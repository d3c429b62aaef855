/** What the answer of a broker says: whose it is, and what is in it. */

import { ByteReader } from '../../bytes/reader.ts'
import { apiVersions } from '../../protocol/api-versions.ts'
import { encodingOf, readWhole, type Api } from '../../protocol/api.ts'
import { readResponseHeader } from '../../protocol/client-header.ts'
import { deliveryErrors } from '../../protocol/delivery-errors.ts'

/** Returns which request `message` answers; -1 where it is none. */
export function correlationIdOf(message: Uint8Array): number {
  if (message.length < 4) return -1
  return (message[0]! << 24) | (message[1]! << 16) | (message[2]! << 8) | message[3]!
}

export function readResponse<Request, Response, Input, ResponseInput>(
  api: Api<Request, Response, Input, ResponseInput>,
  version: number,
  message: Uint8Array,
): Response {
  const reader = new ByteReader(message)
  readResponseHeader(reader, api, version)
  if (api.key !== apiVersions.key) return readWhole(api.response, reader, encodingOf(api, version))
  // A broker that lacks the version answers in version 0, which says so at its start.
  const start = reader.position
  const isVersionZero = reader.int16() === deliveryErrors.UNSUPPORTED_VERSION
  const answer = new ByteReader(message, start)
  return api.response.read(answer, encodingOf(api, isVersionZero ? 0 : version))
}
