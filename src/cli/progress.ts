/**
 * How far a long command is, on standard error: one line that is written over where a person looks
 * on, and otherwise a line now and then, so that a log of it stays short.
 */

import type { Output } from './output.ts'

const terminalIntervalMs = 200
const lineIntervalMs = 5000
/** Looking at the clock for every batch would take longer than the batch. */
const looksEveryBytes = 4 * 1024 * 1024

export class Progress {
  readonly #output: Output
  readonly #totalBytes: number
  readonly #startMs = performance.now()
  readonly #isTerminal = process.stderr.isTTY
  #doneBytes = 0
  #nextLookBytes = looksEveryBytes
  #nextMs: number
  #hasLine = false

  constructor(output: Output, totalBytes: number) {
    this.#output = output
    this.#totalBytes = totalBytes
    this.#nextMs = this.#startMs + this.#intervalMs
  }

  get doneBytes(): number {
    return this.#doneBytes
  }

  get elapsedMs(): number {
    return performance.now() - this.#startMs
  }

  add(sizeBytes: number): void {
    this.#doneBytes += sizeBytes
    if (this.#doneBytes < this.#nextLookBytes) return
    this.#nextLookBytes = this.#doneBytes + looksEveryBytes
    const nowMs = performance.now()
    if (nowMs < this.#nextMs) return
    this.#nextMs = nowMs + this.#intervalMs
    this.#show()
  }

  /** Makes way for other output. */
  clear(): void {
    if (this.#hasLine) process.stderr.write('\r\u001b[K')
    this.#hasLine = false
  }

  get #intervalMs(): number {
    return this.#isTerminal ? terminalIntervalMs : lineIntervalMs
  }

  #show(): void {
    const line = progressText(this.#doneBytes, this.#totalBytes, this.elapsedMs)
    if (!this.#isTerminal) return this.#output.note(line)
    process.stderr.write(`\r\u001b[K${line}`)
    this.#hasLine = true
  }
}

export function progressText(doneBytes: number, totalBytes: number, elapsedMs: number): string {
  const bytesPerMs = doneBytes / Math.max(1, elapsedMs)
  const leftSeconds = Math.ceil((totalBytes - doneBytes) / Math.max(1, bytesPerMs) / 1000)
  const percent = totalBytes === 0 ? 100 : Math.floor((doneBytes / totalBytes) * 100)
  const rate = sizeText(bytesPerMs * 1000)
  const done = `${percent} % of ${sizeText(totalBytes)}`
  return `${done}, ${rate}/s, ${durationText(Math.max(0, leftSeconds))} left`
}

export function sizeText(sizeBytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB']
  let value = sizeBytes
  let unit = 0
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000
    unit++
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`
}

function durationText(seconds: number): string {
  if (seconds < 60) return `${seconds} s`
  const minutes = Math.floor(seconds / 60)
  return minutes < 60
    ? `${minutes} min ${seconds % 60} s`
    : `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}
