/** Messages as hex digits, for tests that pin a layout by bytes written out by hand. */

import { ByteReader } from '../../src/bytes/reader.ts'
import { encodingOf, readWhole, type Api } from '../../src/protocol/api.ts'
import type { Codec } from '../../src/protocol/codec.ts'
import { encode } from './encode.ts'

interface Side<Value, Input> {
  readonly codec: Codec<Value, Input>
  readonly versions: Api['versions']
}

/** The body of a request or response, such as `requestOf(heartbeat)`. */
export function requestOf<Value, Input>({
  request: codec,
  versions,
}: {
  readonly request: Codec<Value, Input>
  readonly versions: Api['versions']
}): Side<Value, Input> {
  return { codec, versions }
}

export function responseOf<Value, Input>({
  response: codec,
  versions,
}: {
  readonly response: Codec<Value, Input>
  readonly versions: Api['versions']
}): Side<Value, Input> {
  return { codec, versions }
}

export function toHex<Value, Input>(
  { codec, versions }: Side<Value, Input>,
  version: number,
  value: Input,
): string {
  return Buffer.from(encode(codec, value, encodingOf({ versions }, version))).toString('hex')
}

/** Reads `hex` to its end. */
export function fromHex<Value, Input>(
  { codec, versions }: Side<Value, Input>,
  version: number,
  hex: string,
): Value {
  return readWhole(
    codec,
    new ByteReader(Buffer.from(hex, 'hex')),
    encodingOf({ versions }, version),
  )
}
