/** Where to begin reading a partition. */

import { InvalidOptionError } from '../failure/errors.ts'

/** Timestamps that mean a place in the log instead of a time, in Kafka's ListOffsets. */
const latestTimestamp = -1
const earliestTimestamp = -2

/** A place in a partition that is looked up when it is needed. */
export class Offset {
  /** The first record that is still there. */
  static readonly earliest = new Offset(earliestTimestamp)
  /** Behind the last record: only what comes from now on. */
  static readonly latest = new Offset(latestTimestamp)

  /** What a broker is asked for: milliseconds since 1970, or a special value below 0. */
  readonly timestamp: number

  private constructor(timestamp: number) {
    this.timestamp = timestamp
  }

  /** The first record whose timestamp is `time` or later; the end where there is none. */
  static timestamp(time: Date | number): Offset {
    const timestamp = Number(time)
    if (!Number.isSafeInteger(timestamp) || timestamp < 0) {
      throw new InvalidOptionError({
        option: 'timestamp',
        expected: 'a date, or milliseconds since 1970',
        actual: time,
      })
    }
    return new Offset(timestamp)
  }

  /** `earliest`, `latest`, or the time in ISO 8601. */
  toString(): string {
    if (this === Offset.earliest) return 'earliest'
    if (this === Offset.latest) return 'latest'
    return new Date(this.timestamp).toISOString()
  }
}

/** An offset as users write it. */
export type OffsetInput = Offset | 'earliest' | 'latest' | Date

/** @throws InvalidOptionError, naming `option` */
export function toOffset(option: string, value: OffsetInput): Offset {
  if (value instanceof Offset) return value
  if (value instanceof Date) return Offset.timestamp(value)
  if (value === 'earliest') return Offset.earliest
  if (value === 'latest') return Offset.latest
  const expected = "'earliest', 'latest', a Date or an Offset"
  throw new InvalidOptionError({ option, expected, actual: value })
}
