/**
 * `G0`, `G1c`, `G1c-ww`: operations that come before each other. One comes before another where its
 * value is the one before the other's in a key (ww), or where the other read what it wrote (wr).
 */

import type { AnomalyName } from './anomalies.ts'
import type { Findings } from './findings.ts'
import { Graph } from './graph.ts'
import type { History } from './operations.ts'
import type { VersionOrder } from './version-order.ts'

export function findCycles(history: History, order: VersionOrder, findings: Findings): void {
  const found = new Set<number>()
  const report = (name: AnomalyName, graph: Graph): void => {
    for (const component of graph.cyclicComponents()) {
      // A cycle that a narrower kind of edge closes by itself has been reported as that.
      if (component.some((op) => found.has(op))) continue
      for (const op of component) found.add(op)
      findings.add(name, undefined, () => describe(history, graph, component))
    }
  }
  const writes = new Graph(history.opCount)
  addWriteEdges(history, order, writes)
  report('G0', writes)
  const reads = new Graph(history.opCount)
  addReadEdges(history, reads)
  report('G1c', reads)
  addWriteEdges(history, order, reads)
  report('G1c-ww', reads)
}

/** An edge's label is its key, plus this where it stands for a read. */
const readLabel = 1 << 24

/** A long cycle is shown up to here. */
const describedMax = 10

/**
 * In each key operations are ordered by the first value that they wrote there. That others wrote
 * between two values of one operation is an `int-send-skip`, and not a cycle as well.
 */
function addWriteEdges(history: History, order: VersionOrder, graph: Graph): void {
  order.keys.forEach(({ offsets, valueAt }, key) => {
    const seen = new Set<number>()
    let from = -1
    for (const offset of offsets) {
      const value = valueAt.get(offset)!
      const to = history.writer.at(value)
      // A duplicate counts where it was written first.
      if (to === -1 || seen.has(to) || order.offsetOf.at(value) !== offset) continue
      if (history.typeOf(to) === 'fail') continue
      seen.add(to)
      if (from !== -1) graph.add({ from, to, label: key })
      from = to
    }
  })
}

function addReadEdges(history: History, graph: Graph): void {
  for (let op = 0; op < history.opCount; op++) {
    // One that only reads comes before nothing, and so is in no cycle.
    if (!isWriter(history, op)) continue
    for (let row = history.firstRow(op); row < history.endRow(op); row++) {
      if (history.isSend(row)) continue
      const from = history.writer.at(history.rowValue.at(row))
      if (from === -1 || from === op) continue
      graph.add({ from, to: op, label: readLabel + history.keyOf(row) })
    }
  }
}

function isWriter(history: History, op: number): boolean {
  for (let row = history.firstRow(op); row < history.endRow(op); row++) {
    if (history.isSend(row)) return true
  }
  return false
}

function describe(
  history: History,
  graph: Graph,
  component: readonly number[],
): { text: string; ops: number[] } {
  const cycle = graph.shortCycle(component)
  const steps = cycle.slice(0, describedMax).map(({ from, label }) => {
    const kind = label >= readLabel ? 'wr' : 'ww'
    return `${from} ${kind}(${history.keys.list[label % readLabel]})`
  })
  if (cycle.length > describedMax) steps.push('…')
  return {
    text: `${steps.join(' → ')} → ${cycle[0]!.from}; ${component.length} operations in all`,
    ops: cycle.slice(0, describedMax).map(({ from }) => from),
  }
}
