/** Turns what a handler of requests gives into the replies to one request. */

import { KafkaRetriableException } from '@nestjs/microservices'
import { Observable } from 'rxjs'
import type { Reply } from './wire-format.ts'

/**
 * Returns a reply for each result, and says with the last one that it is the last, where that is
 * known at once; else with one more. An error is a reply too, but for a `KafkaRetriableException`,
 * which is the error of what is returned.
 */
export function repliesOf(results: Observable<unknown>): Observable<Reply> {
  return new Observable((subscriber) => {
    let held: Reply | undefined
    const release = (): void => {
      if (held) subscriber.next(held)
      held = undefined
    }
    return results.subscribe({
      next(response) {
        release()
        const reply = { response }
        held = reply
        queueMicrotask(() => {
          if (held === reply) release()
        })
      },
      error(err: unknown) {
        if (err instanceof KafkaRetriableException) return subscriber.error(err)
        release()
        subscriber.next({ err, isDisposed: true })
        subscriber.complete()
      },
      complete() {
        subscriber.next({ ...held, isDisposed: true })
        subscriber.complete()
      },
    })
  })
}
