/** Files of a history: written one line at a time, read as one stream in the order of time. */

import { closeSync, openSync, readSync, writeSync } from 'node:fs'
import { parseLine, type Line } from './history.ts'

const chunkBytes = 1 << 20

/** Reads a file line by line, in constant memory. @throws naming the line that is not one */
export function* readLines(path: string): Generator<Line, void, undefined> {
  const file = openSync(path, 'r')
  const chunk = Buffer.alloc(chunkBytes)
  const decoder = new TextDecoder()
  let rest = ''
  let number = 0
  try {
    for (;;) {
      const count = readSync(file, chunk)
      if (count === 0) break
      const texts = (rest + decoder.decode(chunk.subarray(0, count), { stream: true })).split('\n')
      rest = texts.pop()!
      for (const text of texts) yield parse(text, `${path}:${++number}`)
    }
    if (rest !== '') yield parse(rest, `${path}:${++number}`)
  } finally {
    closeSync(file)
  }
}

function parse(text: string, place: string): Line {
  try {
    return parseLine(text)
  } catch (cause) {
    throw new Error(`${place}: not a line of a history`, { cause })
  }
}

/** Yields the lines of several files, each in the order of time, as one history. */
export function* mergeLines(sources: readonly Iterable<Line>[]): Generator<Line, void, undefined> {
  const heads = sources.map((source) => {
    const lines = source[Symbol.iterator]()
    return { lines, next: lines.next() }
  })
  for (;;) {
    let first: (typeof heads)[0] | undefined
    for (const head of heads) {
      if (head.next.done) continue
      if (!first || head.next.value.t < (first.next.value as Line).t) first = head
    }
    if (!first) return
    yield first.next.value as Line
    first.next = first.lines.next()
  }
}

/**
 * Writes a history. A line is with the operating system before `write` returns, so that a writer
 * that is killed leaves what it had begun, too.
 */
export class HistoryWriter {
  readonly #file: number

  constructor(path: string) {
    this.#file = openSync(path, 'a')
  }

  /** Adds a line, with the time of now. */
  write(line: Omit<Line, 't'>): void {
    writeSync(this.#file, `${JSON.stringify({ t: nowUs(), ...line })}\n`)
  }

  close(): void {
    closeSync(this.#file)
  }
}

/** Microseconds of the machine's monotonic clock, which all its processes share. */
function nowUs(): number {
  return Math.round(Number(process.hrtime.bigint()) / 1000)
}
