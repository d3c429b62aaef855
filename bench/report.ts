/** Results: how a benchmark states them, how they are printed, and the line that is kept of them. */

import { appendFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Machine } from './machine.ts'

export interface Benchmark {
  /** What it is called on the command line, and the name of its file of results. */
  readonly name: string
  readonly about: string
  run(options: RunOptions): Promise<Report>
}

export interface RunOptions {
  /** Fewer and shorter runs, to see whether it works rather than how fast. */
  readonly isQuick: boolean
  /** Apache Kafka takes our broker's place: ratios away from 1 then show the noise. */
  readonly isReference: boolean
  /** Says on standard error what goes on. */
  readonly progress: (message: string) => void
}

export interface Report {
  readonly rows: readonly Row[]
  /** What a reader has to know to read the table rightly. */
  readonly notes?: readonly string[]
}

/** One thing that was measured, of ours and of its peers in the same run. */
export interface Row {
  readonly what: string
  readonly unit: string
  readonly better: 'more' | 'less'
  readonly ours: number
  readonly peers: Readonly<Record<string, number>>
  /** What issue or plan asks for, in words such as `≥ 1`. */
  readonly aim?: string
}

/** Returns ours over the best peer's, or `undefined` where there is no peer. */
export function ratio({ ours, peers, better }: Row): number | undefined {
  const values = Object.values(peers)
  if (values.length === 0) return undefined
  return ours / (better === 'more' ? Math.max(...values) : Math.min(...values))
}

/** Returns the rows as text: a column for ours, one for each peer, and the ratio. */
export function formatTable(rows: readonly Row[]): string {
  const peers = [...new Set(rows.flatMap((row) => Object.keys(row.peers)))]
  const cells = rows.map((row) => [
    row.what,
    `${row.unit} ${row.better === 'more' ? '↑' : '↓'}`,
    formatNumber(row.ours),
    ...peers.map((peer) => formatNumber(row.peers[peer])),
    formatRatio(ratio(row)),
    row.aim ?? '',
  ])
  const head = ['', '', 'kafka.do', ...peers, 'ratio', 'aim']
  return alignColumns([head, ...cells], { leftAligned: new Set([0, 1, head.length - 1]) })
}

function alignColumns(
  lines: readonly (readonly string[])[],
  { leftAligned }: { leftAligned: ReadonlySet<number> },
): string {
  const widths = lines[0]!.map((_, column) =>
    Math.max(...lines.map((line) => line[column]!.length)),
  )
  return lines
    .map((line) =>
      line
        .map((cell, column) =>
          leftAligned.has(column) ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

function formatNumber(value: number | undefined): string {
  if (value === undefined) return '–'
  return value.toLocaleString('en-US', {
    maximumSignificantDigits: Math.abs(value) >= 1000 ? 6 : 3,
    maximumFractionDigits: Math.abs(value) >= 1000 ? 0 : 3,
    roundingPriority: 'lessPrecision',
  })
}

function formatRatio(value: number | undefined): string {
  return value === undefined ? '–' : value.toFixed(2)
}

/** Adds one line of JSON to the benchmark's file of results. */
export function keepResult(name: string, machine: Machine, { rows }: Report): void {
  const folder = join(import.meta.dirname, 'results')
  mkdirSync(folder, { recursive: true })
  const measured = rows.map((row) => ({
    what: row.what,
    unit: row.unit,
    ours: rounded(row.ours),
    peers: Object.fromEntries(
      Object.entries(row.peers).map(([peer, value]) => [peer, rounded(value)]),
    ),
    ratio: rounded(ratio(row)),
  }))
  const line = JSON.stringify({ time: new Date().toISOString(), ...machine, rows: measured })
  appendFileSync(join(folder, `${name}.jsonl`), `${line}\n`)
}

function rounded(value: number | undefined): number | undefined {
  return value === undefined ? undefined : Number(value.toPrecision(4))
}
