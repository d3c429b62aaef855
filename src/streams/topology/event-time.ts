/** When a record happened: as it says itself, or as the program makes out. */

/** Makes out of a record when it happened; `timestamp` is what the record says. */
export type EventTime = (value: unknown, key: unknown, timestamp: number) => Date | number

/** Returns when a record happened, in ms since 1970. @throws TypeError, or as `of` does */
export function happenedAt(
  of: EventTime | undefined,
  key: unknown,
  value: unknown,
  timestamp: number,
): number {
  // What deletes a row has nothing to make it out of.
  if (!of || value === null || value === undefined) return timestamp
  const given = of(value, key, timestamp)
  const ms = Math.floor(Number(given))
  if (Number.isSafeInteger(ms) && ms >= 0) return ms
  throw new TypeError(
    `\`timestamp\` gave ${String(given)}: it has to be a date, or milliseconds since 1970`,
  )
}
