/**
 * What comes into every part as an argument instead of from the platform: time, randomness and a
 * place for messages to people. A whole cluster then runs deterministically from one seed.
 */

/** What the time is, and who waits. */
export interface Clock {
  /** Milliseconds since 1970, as records carry them. It may jump. */
  now(): number
  /** Milliseconds that only ever grow, for durations. */
  monotonic(): number
  /** Runs `callback` once after `delayMs`; returns what cancels it. It keeps a process up. */
  after(delayMs: number, callback: () => void): Timer
}

/** A callback that is still to come. */
export interface Timer {
  /** Does nothing where it has run. */
  cancel(): void
}

/**
 * Runs `callback` once whatever else the platform has to do had its turn: timers, sockets, the
 * screen. Work that never waits for any of these would keep them waiting for ever.
 */
export type GiveWay = (callback: () => void) => void

/** Where randomness comes from. */
export interface Random {
  /** Returns a number in [0, 1). */
  number(): number
  /** Returns `length` random bytes, unpredictable in production. */
  bytes(length: number): Uint8Array
}

/** Structured logging: `facts` are what a person would otherwise have to read out of `message`. */
export interface Logger {
  /** What only helps to find a mistake. */
  debug(message: string, facts?: Facts): void
  /** What is as it should be, and worth knowing. */
  info(message: string, facts?: Facts): void
  /** What may need somebody to look at it, and goes on. */
  warn(message: string, facts?: Facts): void
  /** What has failed. */
  error(message: string, facts?: Facts): void
}

export type Facts = Readonly<Record<string, unknown>>

export const silentLogger: Logger = Object.freeze({
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
})
