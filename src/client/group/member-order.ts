/** In which order members come where partitions are shared out by ranges. */

/** What a worker is known by, in any of its ids. */
export type WorkerId = Uint8Array

/**
 * Returns what a member of the classic protocol is sorted by. Its id is the broker's, and another
 * one each time: that of its worker, which it says when it joins, comes first.
 */
export function classicOrder(memberId: string, workerId: WorkerId | null): string {
  if (!workerId || workerId.length === 0) return memberId
  const hex = Array.from(workerId, (byte) => byte.toString(16).padStart(2, '0')).join('')
  return `${hex} ${memberId}`
}
