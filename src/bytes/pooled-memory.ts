/**
 * Memory for large messages that is used again once they have left: fresh memory has to be cleared,
 * and collected, which costs a broker that hands out much more than reading the records does.
 *
 * Whoever takes memory need not give it back; then it is garbage like any other. Whoever gives it
 * back must be the last to hold it.
 */

/** Below this size fresh memory is as cheap. */
const pooledMinBytes = 32 * 1024
/** What consumers ask of a partition unless told otherwise, with room for the request around it. */
const pooledMaxBytes = 2 * 1024 * 1024
const idleMaxBytes = 16 * 1024 * 1024

/** Pieces that wait to be used again, for each size, which are the powers of two. */
const idle = new Map<number, Uint8Array[]>()
let idleBytes = 0
/** The memory that is on loan: only that may come back, and only once. */
const lent = new WeakSet<ArrayBufferLike>()

/** Returns `length` bytes with anything in them. */
export function takeMemory(length: number): Uint8Array {
  if (length < pooledMinBytes || length > pooledMaxBytes) return new Uint8Array(length)
  const pieceBytes = 1 << (32 - Math.clz32(length - 1))
  let piece = idle.get(pieceBytes)?.pop()
  if (piece) idleBytes -= pieceBytes
  else piece = new Uint8Array(pieceBytes)
  lent.add(piece.buffer)
  return piece.subarray(0, length)
}

/** Whether `bytes` are of memory that is to be given back. */
export function isPooled(bytes: Uint8Array): boolean {
  return lent.has(bytes.buffer)
}

/** Takes back the memory that `bytes` are a part of; does nothing where it is not of the pool. */
export function giveMemoryBack(bytes: Uint8Array): void {
  const { buffer } = bytes
  if (!lent.delete(buffer) || idleBytes + buffer.byteLength > idleMaxBytes) return
  const pieces = idle.get(buffer.byteLength)
  if (pieces) pieces.push(new Uint8Array(buffer))
  else idle.set(buffer.byteLength, [new Uint8Array(buffer)])
  idleBytes += buffer.byteLength
}
