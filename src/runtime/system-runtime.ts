/** Time and randomness of the platform, the same in Node, browsers and at the edge. */

import type { Clock, GiveWay, Random } from './runtime.ts'

/** Of a longer time a timer knows nothing, and fires at once. */
const timerMaxMs = 2 ** 31 - 1
/** What waits for so long has a time limit, or does it now and then: a turn more is nothing. */
const patientMs = 100

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(delayMs, callback) {
    // A program that was busy all the while has first to look at what has come meanwhile.
    const lookFirst = (): void => {
      timer = setTimeout(callback)
    }
    const due = delayMs < patientMs ? callback : lookFirst
    let timer = setTimeout(due, Math.min(Math.max(0, delayMs), timerMaxMs))
    return { cancel: () => clearTimeout(timer) }
  },
}

export const systemRandom: Random = {
  number: () => Math.random(),
  bytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
}

/** Not every platform has `setImmediate`; a timer does the same, later. */
export const systemGiveWay: GiveWay =
  typeof setImmediate === 'function'
    ? (callback) => void setImmediate(callback)
    : (callback) => void setTimeout(callback, 0)
