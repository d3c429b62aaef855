/**
 * Memory for large answers that is used again once they have left: fresh memory has to be cleared,
 * and collected, which costs a broker that hands out much more than reading the records does.
 *
 * Whoever takes memory need not give it back; then it is garbage like any other. Whoever gives it
 * back must be the last to hold it.
 */

/** What consumers ask of a partition unless told otherwise. */
const pieceBytes = 1024 * 1024
/** Below this size fresh memory is as cheap. */
const pooledMinBytes = 32 * 1024
const idleMax = 16

const idle: Uint8Array[] = []
/** The memory that is on loan: only that may come back, and only once. */
const lent = new WeakSet<ArrayBufferLike>()

/** Returns `length` bytes with anything in them. */
export function takeMemory(length: number): Uint8Array {
  if (length < pooledMinBytes || length > pieceBytes) return new Uint8Array(length)
  const piece = idle.pop() ?? new Uint8Array(pieceBytes)
  lent.add(piece.buffer)
  return piece.subarray(0, length)
}

/** Whether `bytes` are of memory that is to be given back. */
export function isPooled(bytes: Uint8Array): boolean {
  return lent.has(bytes.buffer)
}

/** Takes back the memory that `bytes` are a part of; does nothing where it is not of the pool. */
export function giveMemoryBack(bytes: Uint8Array): void {
  if (!lent.delete(bytes.buffer)) return
  if (idle.length < idleMax) idle.push(new Uint8Array(bytes.buffer))
}
