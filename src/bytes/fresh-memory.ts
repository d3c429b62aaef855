/**
 * Fresh memory for what is small. An array buffer of its own costs the platform more than a short
 * message does to write, so those that are made one after the other share one. No byte is ever
 * given out twice; whoever keeps a piece for long keeps up to `sharedBytes`.
 */

const sharedBytes = 8 * 1024
/** What is larger has memory of its own. */
const pieceMaxBytes = 1024

let shared = new ArrayBuffer(0)
let usedBytes = 0

/** Returns `length` zero bytes that nobody else has. */
export function freshMemory(length: number): Uint8Array {
  if (length > pieceMaxBytes) return new Uint8Array(length)
  if (usedBytes + length > shared.byteLength) {
    shared = new ArrayBuffer(sharedBytes)
    usedBytes = 0
  }
  const piece = new Uint8Array(shared, usedBytes, length)
  // Checksums read whole words.
  usedBytes += (length + 7) & ~7
  return piece
}
