/** Random numbers that a failing test can repeat: `SEED=<seed> npm test`. */

import type { Random } from '../../src/runtime/runtime.ts'

export interface SeededRandom extends Random {
  /** To be named in a failure's message, so that the run can be repeated. */
  readonly seed: number
  /** Returns an integer in [0, `bound`). */
  below(bound: number): number
  /** Returns one of `choices`, which are not none. */
  pick<Choice>(choices: readonly Choice[]): Choice
}

/** Returns a generator seeded from `SEED`, or from the clock where it is not set. */
export function seededRandom(seed = Number(process.env['SEED'] ?? Date.now())): SeededRandom {
  // xorshift32 (Marsaglia, 2003) never leaves 0; multiplied, so that near seeds differ at once.
  let state = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) >>> 0 || 1
  const next = (): number => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return state >>> 0
  }
  const below = (bound: number): number => next() % bound
  return {
    seed,
    below,
    number: () => next() / 2 ** 32,
    bytes: (length) => Uint8Array.from({ length }, () => next() & 0xff),
    pick: (choices) => choices[below(choices.length)]!,
  }
}
