/** How sending goes over time, while several records may be on their way: each is a `number`. */

import type { RecordMetadata } from '../client/producer/accumulator.ts'

export interface SendProgress {
  readonly pendingCount: number
  /** Of the newest record that failed, until one that was sent after it is stored. */
  readonly error: Error | undefined
  readonly failedNumber: number
  /** Of the newest record that is stored. */
  readonly lastSent: RecordMetadata | undefined
  readonly sentNumber: number
}

export const nothingSent: SendProgress = Object.freeze({
  pendingCount: 0,
  error: undefined,
  failedNumber: 0,
  lastSent: undefined,
  sentNumber: 0,
})

export function begun(progress: SendProgress): SendProgress {
  return { ...progress, pendingCount: progress.pendingCount + 1 }
}

/** What an empty batch comes to is no place. */
export function stored(
  progress: SendProgress,
  number: number,
  place: RecordMetadata | undefined,
): SendProgress {
  const pendingCount = progress.pendingCount - 1
  const isNewest = number > progress.sentNumber
  return {
    ...progress,
    pendingCount,
    // One that was sent before it says nothing of one that failed.
    ...(number > progress.failedNumber ? { error: undefined } : {}),
    ...(isNewest && place ? { lastSent: place, sentNumber: number } : {}),
  }
}

export function failed(progress: SendProgress, number: number, error: Error): SendProgress {
  const pendingCount = progress.pendingCount - 1
  const isShown = progress.error === undefined || number > progress.failedNumber
  return { ...progress, pendingCount, ...(isShown ? { error, failedNumber: number } : {}) }
}
