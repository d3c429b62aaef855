/** A record that instrumentation looks at: with headers of its own, and told how it ended. */

import type { OutgoingRecord, SendOutcome } from '../settings/instrumentation.ts'
import type { Observer } from '../settings/observer.ts'
import type { Unplaced } from './topic-queues.ts'

/** Returns `record` as it is to be sent; key and value are in `given` as the program gave them. */
export function observed(
  record: Unplaced,
  given: Pick<OutgoingRecord, 'topic' | 'key' | 'value'>,
  observer: Observer,
): Unplaced {
  const { headers = [], partition, asker, index } = record
  const observation = observer.tell((to) => to.onSend?.({ ...given, headers, partition }))
  if (!observation) return record
  const added = Object.entries(observation.headers ?? {})
  const names = new Set(added.map(([name]) => name))
  const settled = (outcome: SendOutcome): void =>
    observer.tell(() => observation.onSettled?.(outcome))
  return {
    ...record,
    headers: [
      ...headers.filter(({ key }) => !names.has(key)),
      ...added.map(([key, value]) => ({ key, value })),
    ],
    asker: {
      signal: asker.signal,
      stored: (metadata) => (asker.stored?.(metadata, index), settled(metadata)),
      failed: (error) => (asker.failed(error, index), settled({ error })),
    },
  }
}
