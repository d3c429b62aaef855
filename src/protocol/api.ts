/**
 * What a Kafka API is, for everything that handles all of them alike: its key, its versions, and
 * the tables of its request and response.
 */

import { MalformedBytesError, ByteReader } from '../bytes/reader.ts'
import type { Codec, Encoding } from './codec.ts'

export interface ApiVersions {
  readonly min: number
  readonly max: number
  /** The first version with compact lengths and tagged fields; `Infinity` where there is none. */
  readonly flexibleFrom: number
}

export interface Api<
  Request = unknown,
  Response = unknown,
  RequestInput = Request,
  ResponseInput = Response,
> {
  /** Kafka's name of the API, such as `Produce`. */
  readonly name: string
  readonly key: number
  /** What these tables can read and write, which may be more than a broker advertises. */
  readonly versions: ApiVersions
  readonly request: Codec<Request, RequestInput>
  readonly response: Codec<Response, ResponseInput>
}

/** Declares an API; it exists so that the types of the tables need not be written out. */
export function api<Request, Response, RequestInput, ResponseInput>(
  definition: Api<Request, Response, RequestInput, ResponseInput>,
): Api<Request, Response, RequestInput, ResponseInput> {
  return definition
}

export type RequestOf<AnyApi> =
  AnyApi extends Api<infer Request, infer _, infer __, infer ___> ? Request : never
export type ResponseInputOf<AnyApi> =
  AnyApi extends Api<infer _, infer __, infer ___, infer Input> ? Input : never

export function encodingOf({ versions }: Pick<Api, 'versions'>, version: number): Encoding {
  return { version, flexible: version >= versions.flexibleFrom }
}

const apiVersionsKey = 18

/** Whether the header of a request ends with tagged fields: header version 2 (KIP-482). */
export function hasTaggedRequestHeader(api: Pick<Api, 'versions'>, version: number): boolean {
  return version >= api.versions.flexibleFrom
}

/** Whether the header of the response ends with tagged fields: header version 1 (KIP-482). */
export function hasTaggedResponseHeader(
  api: Pick<Api, 'key' | 'versions'>,
  version: number,
): boolean {
  // A client that asks for ApiVersions in a version the broker lacks is answered in version 0, so
  // that header has no tags in any version (KIP-511).
  return api.key !== apiVersionsKey && version >= api.versions.flexibleFrom
}

/**
 * Reads a whole message from `reader`. Not for requests: what follows those is ignored by Kafka,
 * and some clients send a byte too many (librdkafka 2.16 does in AlterUserScramCredentials).
 *
 * @throws MalformedBytesError where bytes are left over
 */
export function readWhole<Value, Input>(
  codec: Codec<Value, Input>,
  reader: ByteReader,
  encoding: Encoding,
): Value {
  const value = codec.read(reader, encoding)
  if (reader.remaining > 0) {
    throw new MalformedBytesError(`${reader.remaining} bytes after the end of the message`)
  }
  return value
}
