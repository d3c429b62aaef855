/** A handler that instrumentation sees: whatever that does, the handler is called once. */

import type { HandlerCall } from '../settings/instrumentation.ts'
import type { Observer } from '../settings/observer.ts'

/** Settles as `handler` does, once instrumentation is done with it, too. */
export async function observe(
  observer: Observer,
  call: HandlerCall,
  handler: () => unknown,
): Promise<void> {
  let handled: Promise<void> | undefined
  const handle = (): Promise<void> => (handled ??= begin(handler))
  try {
    await observer.tell((to) => to.onProcess?.(call, handle))
  } catch (error) {
    // As a rule it is what the handler failed with, which is thrown here.
    await handle()
    observer.failed(error)
  }
  await handle()
}

function begin(handler: () => unknown): Promise<void> {
  const handled = (async () => void (await handler()))()
  // Who looks at it may be late: until then it is no rejection that nobody handles.
  handled.catch(() => undefined)
  return handled
}
