/**
 * Zigzag varints inside a record batch, as functions on a byte array: no object per record, and
 * every function gives the next position. Values are safe integers.
 */

/** Returns how many bytes `value` takes, 1 to 5; it is a 32-bit integer. */
export function varintBytes(value: number): number {
  const zigzag = ((value << 1) ^ (value >> 31)) >>> 0
  if (zigzag < 0x80) return 1
  if (zigzag < 0x4000) return 2
  if (zigzag < 0x20_0000) return 3
  return zigzag < 0x1000_0000 ? 4 : 5
}

/** Writes a 32-bit integer and returns the position after it. */
export function putVarint(bytes: Uint8Array, position: number, value: number): number {
  return putUvarint(bytes, position, ((value << 1) ^ (value >> 31)) >>> 0)
}

/** Writes an unsigned 32-bit integer, without zigzag, and returns the position after it. */
export function putUvarint(bytes: Uint8Array, position: number, value: number): number {
  let rest = value
  let next = position
  while (rest >= 0x80) {
    bytes[next++] = (rest & 0x7f) | 0x80
    rest >>>= 7
  }
  bytes[next++] = rest
  return next
}

/** Returns how many bytes `value` takes, 1 to 8; it is a safe integer. */
export function varlongBytes(value: number): number {
  if (fitsVarint(value)) return varintBytes(value)
  let count = 1
  for (let rest = Math.floor(magnitude(value) / 64); rest > 0; rest = Math.floor(rest / 128))
    count++
  return count
}

/** Writes a safe integer and returns the position after it. */
export function putVarlong(bytes: Uint8Array, position: number, value: number): number {
  if (fitsVarint(value)) return putVarint(bytes, position, value)
  // The first byte carries the sign bit and six bits of the value, the others seven each.
  let byte = ((magnitude(value) % 64) << 1) | (value < 0 ? 1 : 0)
  let next = position
  for (let rest = Math.floor(magnitude(value) / 64); rest > 0; rest = Math.floor(rest / 128)) {
    bytes[next++] = byte | 0x80
    byte = rest % 128
  }
  bytes[next++] = byte
  return next
}

function fitsVarint(value: number): boolean {
  return value === (value | 0)
}

/** Zigzag keeps the sign apart: what is left of -1 is 0, of -2 is 1. */
function magnitude(value: number): number {
  return value < 0 ? -(value + 1) : value
}
