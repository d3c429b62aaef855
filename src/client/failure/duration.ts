/** Durations as users write them: milliseconds, or a number with a unit, such as `'30s'`. */

import { InvalidOptionError } from './errors.ts'

/** Milliseconds, or a number with a unit: `'250ms'`, `'30s'`, `'5m'`, `'1.5h'`, `'7d'`. */
export type Duration = number | `${number}${'ms' | 's' | 'm' | 'h' | 'd'}`

const unitsMs: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
}

/** Returns `value`, of at least `minMs`, in milliseconds. @throws InvalidOptionError */
export function durationMs(option: string, value: Duration, minMs = 0): number {
  const text = /^(\d+(?:\.\d+)?)([a-z]+)$/.exec(String(value))
  const milliseconds = (text ? Number(text[1]) * unitsMs[text[2]!]! : value) as number
  if (!Number.isFinite(milliseconds) || milliseconds < minMs) {
    throw new InvalidOptionError({
      option,
      expected: `a duration of at least ${minMs} ms, such as '5s'`,
      actual: value,
    })
  }
  return Math.round(milliseconds)
}
