/** Numbers that need not be whole, big-endian: only messages about quotas have any. */

import type { Codec } from './codec.ts'

export const float64: Codec<number> = {
  write(writer, value) {
    const view = new DataView(new ArrayBuffer(8))
    view.setFloat64(0, value)
    writer.bytes(new Uint8Array(view.buffer))
  },
  read(reader) {
    const { buffer, byteOffset } = reader.bytes(8)
    return new DataView(buffer, byteOffset, 8).getFloat64(0)
  },
}
