/**
 * CRC-32C (Castagnoli), the checksum of a record batch: four bytes a step, in as few lines as that
 * takes, since pages load them. A platform that has something faster puts it in with `useCrc32c`.
 */

/** The Castagnoli polynomial, lowest bit first. */
export const polynomial = 0x82f63b78

/** Four tables of 256 entries, in a row: each is the one before, moved on by a zero byte. */
const tables = new Int32Array(1024)

/** A faster CRC-32C, and the size from which it pays. */
export interface FastCrc32c {
  readonly crc32c: (bytes: Uint8Array, start: number, end: number) => number
  readonly fromBytes: number
}

let fast: FastCrc32c | undefined
let fastFromBytes = Infinity

/** Takes `implementation` for inputs that are large enough; `undefined` takes it out again. */
export function useCrc32c(implementation: FastCrc32c | undefined): void {
  fast = implementation
  fastFromBytes = implementation?.fromBytes ?? Infinity
}

/** Returns the CRC-32C of `bytes` from `start` up to `end`, as an unsigned 32-bit number. */
export function crc32c(bytes: Uint8Array, start = 0, end = bytes.length): number {
  if (end - start >= fastFromBytes) return fast!.crc32c(bytes, start, end)
  return portableCrc32c(bytes, start, end)
}

/** The implementation that is always there, whatever `useCrc32c` was given. */
export function portableCrc32c(bytes: Uint8Array, start = 0, end = bytes.length): number {
  if (tables[1] === 0) fillTables()
  let crc = -1
  let i = start
  for (; i < end - 3; i += 4) {
    crc ^= bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24)
    crc =
      tables[768 + (crc & 255)]! ^
      tables[512 + ((crc >>> 8) & 255)]! ^
      tables[256 + ((crc >>> 16) & 255)]! ^
      tables[crc >>> 24]!
  }
  while (i < end) crc = (crc >>> 8) ^ tables[(crc ^ bytes[i++]!) & 255]!
  return ~crc >>> 0
}

/** Fills the tables on first use, so that a program that never checks a batch does not pay. */
function fillTables(): void {
  for (let index = 0; index < 1024; index++) {
    let crc = tables[index - 256] ?? index
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? polynomial : 0)
    tables[index] = crc
  }
}
