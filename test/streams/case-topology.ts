/** The topologies of the cases in `test/fixtures/streams`, in our DSL. */

import { Window, type WindowDefinition, type WindowedKey } from '../../src/streams/window.ts'
import type { StreamSources } from '../../src/streams/dsl/stream-source.ts'
import { StreamDriver, type StreamDriverOptions } from '../../src/streams/stream-driver.ts'

/** What a case does; lengths in milliseconds. */
export interface CaseOperation {
  readonly kind: string
  readonly type?: 'inner' | 'left' | 'outer'
  readonly before?: number
  readonly after?: number
  readonly grace?: number
  readonly window?: 'time' | 'session' | 'sliding'
  readonly size?: number
  readonly advance?: number
  readonly gap?: number
  readonly diff?: number
  readonly emit?: 'update' | 'close'
  readonly historyRetention?: number
  readonly ms?: number
}

const concat = (all: string, value: string): string => all + value
type Shown = string | undefined
const showPair = (left: Shown, right: Shown): string => `[${left ?? 'null'},${right ?? 'null'}]`

/** Reads topics `L` and `R`, and writes to `out`. */
export function driverOf(operation: CaseOperation, options?: StreamDriverOptions): StreamDriver {
  return new StreamDriver((sources) => build(operation, sources), options)
}

function build(operation: CaseOperation, sources: StreamSources): void {
  const { kind } = operation
  const left = () => sources.stream<string>('L')
  if (kind === 'count') left().groupByKey().count().to('out')
  else if (kind === 'reduce') left().groupByKey().reduce(concat).to('out')
  else if (kind === 'windowedCount') {
    const counts = left().window(windowOf(operation)).groupByKey().count()
    ;(operation.emit === 'close' ? counts.final() : counts).to('out')
  } else if (kind === 'windowedReduce') {
    left().window(windowOf(operation)).groupByKey().reduce(concat).to('out')
  } else if (kind === 'tableGroupByCount') {
    const table = sources.table<string>('L')
    table
      .groupBy((value) => value[0])
      .count()
      .to('out')
  } else if (kind === 'suppressTimeLimit') {
    sources.table<string>('L').suppress(operation.ms!).to('out')
  } else buildJoin(operation, sources)
}

function buildJoin(operation: CaseOperation, sources: StreamSources): void {
  const { kind, type = 'inner', grace, historyRetention } = operation
  const history = historyRetention === undefined ? {} : { history: historyRetention }
  const rights = () => sources.table<string>('R', history)
  if (kind === 'streamStreamJoin') {
    const { before = 0, after = 0 } = operation
    const options = { window: { before, after }, grace: grace ?? 0 }
    const other = sources.stream<string>('R')
    const left = sources.stream<string>('L')
    if (type === 'inner') left.join(other, options).map(showPair).to('out')
    else if (type === 'left') left.leftJoin(other, options).map(showPair).to('out')
    else left.outerJoin(other, options).map(showPair).to('out')
  } else if (kind === 'streamTableJoin') {
    const options = grace === undefined ? {} : { grace }
    const left = sources.stream<string>('L')
    if (type === 'inner') left.join(rights(), options).map(showPair).to('out')
    else left.leftJoin(rights(), options).map(showPair).to('out')
  } else if (kind === 'tableTableJoin') {
    const left = sources.table<string>('L', history)
    const options = { select: showPair }
    if (type === 'inner') left.join(rights(), options).to('out')
    else if (type === 'left') left.leftJoin(rights(), options).to('out')
    else left.outerJoin(rights(), options).to('out')
  } else if (kind === 'foreignKeyJoin') {
    const on = (value: string): string => value
    const left = sources.table<string>('L')
    const options = { on, select: showPair }
    if (type === 'inner') left.join(rights(), options).to('out')
    else left.leftJoin(rights(), options).to('out')
  } else throw new Error(`no topology for cases of kind ${kind}`)
}

function windowOf({
  window,
  size,
  advance,
  gap,
  diff,
  grace = 0,
}: CaseOperation): WindowDefinition {
  if (window === 'session') return Window.session(gap!, { grace })
  if (window === 'sliding') return Window.sliding(diff!, { grace })
  return Window.hopping(size!, advance!, { grace })
}

/** Writes a key as the cases do: `k`, `k[start,end)`, or `k[start,end]` for a session. */
export function keyText(key: unknown, { window }: CaseOperation): string {
  if (typeof key !== 'object' || key === null) return String(key)
  const { key: plain, start, end } = key as WindowedKey<string>
  return `${plain}[${start},${end}${window === 'session' ? ']' : ')'}`
}
