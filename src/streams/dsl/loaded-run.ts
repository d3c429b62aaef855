/** A run whose program is still being loaded. It is all that a page has of streams at first. */

import type { Running } from '../../client/running.ts'
import type { RunStatus } from './run-status.ts'
import type { StreamRun } from './stream-queries.ts'

/** Returns what can be asked of a run as soon as it is there; `loaded` returns it. */
export function loadedRun(
  running: Running,
  status: RunStatus,
  loaded: () => StreamRun | undefined,
): StreamRun {
  const noteEnd = (): void => status.update('closed')
  running.finished.then(noteEnd, noteEnd)
  const present = (): StreamRun => {
    const run = loaded()
    if (run) return run
    throw new TypeError('the run has not started yet: wait for `started`')
  }
  return {
    started: running.started,
    finished: running.finished,
    close: () => running.close(),
    get status() {
      return status.current
    },
    onStatus: (listener) => status.listen(listener),
    store: (table: never) => present().store(table),
    windowStore: (table: never) => present().windowStore(table),
    metrics: () => present().metrics(),
  }
}
