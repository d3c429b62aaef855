/** Messages as bytes. What is sent is written into a request or an answer; tests want it alone. */

import { ByteWriter } from '../../src/bytes/writer.ts'
import type { Codec, Encoding } from '../../src/protocol/codec.ts'

export function encode<Value, Input>(
  codec: Codec<Value, Input>,
  value: Input,
  encoding: Encoding,
): Uint8Array {
  const writer = new ByteWriter()
  codec.write(writer, value, encoding)
  return writer.finish()
}
