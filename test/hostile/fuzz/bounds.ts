/** Integers at which code goes wrong. */

/** Returns the bounds of signed and unsigned integers of `bits`, and their neighbours. */
export function boundsOf(bits: number): readonly bigint[] {
  const top = 1n << BigInt(bits)
  const half = top >> 1n
  const wide = bits === 64 ? [(1n << 53n) - 1n, 1n << 53n, -(1n << 53n), 1n << 31n] : []
  return [0n, 1n, -1n, -2n, 2n, half - 1n, half, half + 1n, top - 1n, top - 2n, ...wide]
}
