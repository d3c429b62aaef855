/** Where streams begin: what they have in common before they are run, by whomever. */

import type { RunOptions } from './run-options.ts'
import type { StreamRun } from './stream-queries.ts'
import type { TopologyNode } from '../topology/topology-node.ts'

export interface Origin {
  /** Runs what leads to `end`. */
  run(end: TopologyNode, options: RunOptions): StreamRun
}

/** What `.to()` returns within a program that is run as a whole. */
export function partOfRun(): StreamRun {
  const done = Promise.resolve()
  const refuse = (): never => {
    throw new TypeError('it is part of a run, which can be asked for that')
  }
  return {
    started: done,
    finished: done,
    close: () => done,
    get status() {
      return refuse()
    },
    onStatus: refuse,
    store: refuse,
    windowStore: refuse,
    metrics: refuse,
  }
}

/** What every step takes. */
export interface NamedOptions {
  /** Where state and topics of its own are found again, also by a changed program. */
  readonly name?: string
}
