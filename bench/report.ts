/** Results: how a benchmark states them, how they are printed, and the line that is kept of them. */

import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs'
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
  /** Peers that are shown, in brackets, and not compared with. */
  readonly apart?: readonly string[]
  /** What nobody can be beyond, where that was measured. */
  readonly bound?: number
  /** What issue or plan asks for, in words such as `≥ 1`. */
  readonly aim?: string
}

/** Returns ours over the best peer's, or `undefined` where there is no peer. */
export function ratio(row: Row): number | undefined {
  return overBestPeer(row.ours, row)
}

/** Returns how far the best peer could be beaten at most, or `undefined` where nobody knows. */
export function boundRatio(row: Row): number | undefined {
  return row.bound === undefined ? undefined : overBestPeer(row.bound, row)
}

function overBestPeer(value: number, { peers, apart = [], better }: Row): number | undefined {
  const compared = Object.entries(peers).filter(([name]) => !apart.includes(name))
  if (compared.length === 0) return undefined
  const values = compared.map(([, one]) => one)
  return value / (better === 'more' ? Math.max(...values) : Math.min(...values))
}

/** Returns the rows as text: a column for ours, one for each peer, and the ratio. */
export function formatTable(rows: readonly Row[]): string {
  const lines = tableCells(rows)
  const widths = lines[0]!.map((_, column) =>
    Math.max(...lines.map((cells) => cells[column]!.length)),
  )
  const aligned = (cell: string, column: number): string =>
    isText(column, widths.length) ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)
  return lines.map((cells) => cells.map(aligned).join('  ').trimEnd()).join('\n')
}

/** Whether a column has words, which begin at the left, rather than numbers. */
function isText(column: number, columnCount: number): boolean {
  return column < 2 || column === columnCount - 1
}

/** Returns the head and the rows as text. */
function tableCells(rows: readonly Row[]): readonly (readonly string[])[] {
  const peers = [...new Set(rows.flatMap((row) => Object.keys(row.peers)))]
  const isBounded = rows.some(({ bound }) => bound !== undefined)
  const cells = rows.map((row) => [
    row.what,
    `${row.unit} ${row.better === 'more' ? '↑' : '↓'}`,
    formatNumber(row.ours),
    ...peers.map((peer) => formatPeer(row, peer)),
    ...(isBounded ? [formatNumber(row.bound)] : []),
    formatRatio(ratio(row)),
    ...(isBounded ? [formatRatio(boundRatio(row))] : []),
    row.aim ?? '',
  ])
  const ratios = isBounded ? ['bound', 'ratio', 'bound ratio'] : ['ratio']
  const head = ['', '', 'kafka.do', ...peers, ...ratios, 'aim']
  return [head, ...cells]
}

/** Returns the rows as a table of Markdown. */
export function markdownTable(rows: readonly Row[]): string {
  const [head, ...lines] = tableCells(rows)
  const rule = head!.map((_, column) => (isText(column, head!.length) ? '---' : '---:'))
  return [head!, rule, ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

function formatPeer({ peers, apart }: Row, peer: string): string {
  const value = formatNumber(peers[peer])
  return peer in peers && apart?.includes(peer) ? `(${value})` : value
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
  if (value === undefined) return '–'
  return value < 0.095 ? value.toPrecision(1) : value.toFixed(2)
}

/** One line of a benchmark's file of results. */
export interface KeptResult {
  /** When it was measured, in UTC. */
  readonly time: string
  readonly machine: Machine
  readonly rows: readonly Row[]
}

export const resultsFolder = join(import.meta.dirname, 'results')

/** Adds a line to the benchmark's file of results. */
export function keepResult(name: string, machine: Machine, { rows }: Report): void {
  const result: KeptResult = { time: new Date().toISOString(), machine, rows }
  const line = JSON.stringify(result, (_, value: unknown) =>
    typeof value === 'number' ? Number(value.toPrecision(4)) : value,
  )
  mkdirSync(resultsFolder, { recursive: true })
  appendFileSync(join(resultsFolder, `${name}.jsonl`), `${line}\n`)
}

/** Returns the last result that was kept, or `undefined` where none was. */
export function lastResult(name: string): KeptResult | undefined {
  const file = join(resultsFolder, `${name}.jsonl`)
  if (!existsSync(file)) return undefined
  const line = readFileSync(file, 'utf8').trimEnd().split('\n').at(-1)!
  return JSON.parse(line) as KeptResult
}
