/**
 * Lines of a stream of bytes, as bytes: they end at `\n`, or `\r\n`, and nowhere else. What is in
 * them need not be text; and text has other ends of lines in the middle of values.
 */

import { CommandError } from './output.ts'

/** No broker takes longer records, and what has no lines at all would fill the memory. */
const lineMaxBytes = 256 * 1024 * 1024

const newline = 0x0a
const carriageReturn = 0x0d

/**
 * Goes through the lines of `input`; what comes after the last end is one, if it is anything.
 *
 * @throws CommandError at one that is longer than `maxBytes`
 */
export async function* linesOf(
  input: AsyncIterable<Buffer>,
  maxBytes = lineMaxBytes,
): AsyncGenerator<Buffer> {
  // A long line comes in many chunks, which are put together once.
  let begun: Buffer[] = []
  let begunBytes = 0
  for await (const chunk of input) {
    let start = 0
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, start)) {
      begun.push(chunk.subarray(start, end))
      yield withoutReturn(joined(begun))
      begun = []
      begunBytes = 0
      start = end + 1
    }
    if (start < chunk.length) begun.push(chunk.subarray(start))
    begunBytes += chunk.length - start
    if (begunBytes > maxBytes) throw new CommandError(`a line has more than ${maxBytes} bytes`)
  }
  if (begun.length > 0) yield withoutReturn(joined(begun))
}

function joined(parts: readonly Buffer[]): Buffer {
  return parts.length === 1 ? parts[0]! : Buffer.concat(parts)
}

function withoutReturn(line: Buffer): Buffer {
  return line.at(-1) === carriageReturn ? line.subarray(0, -1) : line
}
