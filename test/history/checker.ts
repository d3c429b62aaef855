/** The checker: runs all passes over a history. Each is O(n log n) in the records sent and read. */

import { whyAllowed, type AnomalyName, type CheckOptions } from './anomalies.ts'
import { findCommitFaults } from './commits.ts'
import { findCycles } from './cycles.ts'
import { Findings } from './findings.ts'
import { findForbiddenReads } from './forbidden-reads.ts'
import type { Line } from './history.ts'
import { findLostWrites } from './lost-writes.ts'
import { measure, type Metrics } from './metrics.ts'
import { indexHistory, type History } from './operations.ts'
import { findOwnershipFaults } from './ownership.ts'
import { findPollDisorder } from './poll-order.ts'
import { findSendDisorder } from './send-order.ts'
import { VersionOrder } from './version-order.ts'

export interface Verdict {
  readonly history: History
  readonly findings: Findings
  readonly metrics: Metrics
  /** Anomalies that are not legal with the options. */
  readonly forbidden: readonly AnomalyName[]
}

/** Judges lines that come in the order of time. @throws where they are not a history */
export function checkHistory(lines: Iterable<Line>, options: CheckOptions = {}): Verdict {
  const history = indexHistory(lines)
  const findings = new Findings()
  const order = new VersionOrder(history, findings)
  findLostWrites(history, order, findings)
  findForbiddenReads(history, findings)
  findPollDisorder(history, order, findings)
  findSendDisorder(history, order, findings)
  findCycles(history, order, findings)
  findOwnershipFaults(history, findings)
  findCommitFaults(history, order, findings)
  const forbidden = findings.names().filter((name) => whyAllowed(name, options) === undefined)
  return { history, findings, metrics: measure(history, order), forbidden }
}
