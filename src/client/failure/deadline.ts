/** Time limits of operations, and promises that can be given up. */

import type { Clock } from '../../runtime/runtime.ts'
import { TimeoutError, type KafkaError } from './errors.ts'

export interface Limits {
  /** What is being done, for the message: "create topic 'orders'". */
  readonly action: string
  readonly clock: Clock
  readonly timeoutMs: number
  readonly signal?: AbortSignal | undefined
  /** Whether it may have taken effect, or may yet, if it is given up now. @default false */
  readonly maybeApplied?: () => boolean
}

/**
 * Runs `operation` with a signal that is aborted when the time is up, with a `TimeoutError`, or
 * when `limits.signal` is, with its reason. Either says whether the operation may have taken effect
 * all the same. What `operation` notes as a problem is then the cause.
 */
export async function withinLimits<Result>(
  limits: Limits,
  operation: (signal: AbortSignal, note: (problem: KafkaError) => void) => Promise<Result>,
): Promise<Result> {
  const { action, clock, timeoutMs, signal } = limits
  signal?.throwIfAborted()
  const controller = new AbortController()
  let problem: KafkaError | undefined
  const isDoubtful = (): boolean => problem?.maybeApplied || limits.maybeApplied?.() || false
  const timer = clock.after(timeoutMs, () => {
    const message = `cannot ${action}: ${timeoutMs} ms have passed`
    controller.abort(new TimeoutError(message, { cause: problem, maybeApplied: isDoubtful() }))
  })
  const onAbort = (): void => {
    controller.abort(isDoubtful() ? marked(signal!.reason) : signal!.reason)
  }
  signal?.addEventListener('abort', onAbort, { once: true })
  try {
    const note = (latest: KafkaError): void => void (problem = latest)
    return await abortable(operation(controller.signal, note), controller.signal)
  } finally {
    timer.cancel()
    signal?.removeEventListener('abort', onAbort)
  }
}

/** Has the reason of an abort say what an error of ours says by itself. */
function marked(reason: unknown): unknown {
  if (reason instanceof Error && Object.isExtensible(reason)) {
    Object.assign(reason, { maybeApplied: true })
  }
  return reason
}

/** Runs `operation` within `limits`. Returns why it did not end, or not well. */
export async function failureWithin(
  limits: Omit<Limits, 'action'>,
  operation: () => Promise<void>,
): Promise<Error | undefined> {
  try {
    await withinLimits({ ...limits, action: 'end' }, operation)
    return undefined
  } catch (error) {
    return error as Error
  }
}

/**
 * Settles as `promise` does, or is rejected with the reason of `signal` once that is aborted. What
 * `promise` stands for goes on, for others who wait for it.
 */
export function abortable<Result>(
  promise: Promise<Result>,
  signal: AbortSignal | undefined,
): Promise<Result> {
  if (!signal) return promise
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason as Error)
    if (signal.aborted) onAbort()
    signal.addEventListener('abort', onAbort, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort))
  })
}
