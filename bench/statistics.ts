/** The few statistics that a result is reduced to. */

/** Returns the middle value, or the mean of the two middle ones. @throws Error where there is none */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  if (sorted.length === 0) throw new Error('there is no median of no values')
  if (Number.isInteger(middle)) return (sorted[middle - 1]! + sorted[middle]!) / 2
  return sorted[Math.floor(middle)]!
}

/** Returns the smallest value that `percent` of `values` do not exceed. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  if (sorted.length === 0) throw new Error('there is no percentile of no values')
  return sorted[Math.max(0, Math.ceil((sorted.length * percent) / 100) - 1)]!
}
