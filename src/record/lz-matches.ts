/**
 * Finds what a block repeats of itself, greedily and within 64 KiB, as the fast compressors of the
 * LZ77 family do. What is made of the matches is the business of the format.
 */

/** A format that takes matches. Positions are those of the input. */
export interface MatchSink {
  /**
   * Takes the bytes from `literalStart` up to `matchStart`, which repeat nothing, and then a repeat
   * of `length` bytes, at least 4, that begins `distance` bytes before.
   */
  match(literalStart: number, matchStart: number, distance: number, length: number): void
}

const tableBits = 14
const distanceMax = 0xffff
const minMatch = 4
/** LZ4 wants the last match to start this long before the end, and to end this long before it. */
const lastStartBytes = 12
const lastLiteralBytes = 5
/** Each time so many attempts failed, the search goes on in larger steps. */
const attemptsPerStep = 64

/** The last position at which each hash was seen; only ever used within one call. */
const table = new Int32Array(1 << tableBits)

/** Gives `sink` the matches of `input` from `start` to `end`; returns where they end. */
export function findMatches(
  input: Uint8Array,
  start: number,
  end: number,
  sink: MatchSink,
): number {
  const view = new DataView(input.buffer, input.byteOffset, input.length)
  const startMax = end - lastStartBytes
  const endMax = end - lastLiteralBytes
  table.fill(-1)
  let literalStart = start
  let attempts = attemptsPerStep
  for (let position = start; position <= startMax;) {
    const word = view.getInt32(position, true)
    const slot = hash(word)
    const before = table[slot]!
    table[slot] = position
    const distance = position - before
    if (before < start || distance > distanceMax || view.getInt32(before, true) !== word) {
      position += Math.floor(attempts++ / attemptsPerStep)
      continue
    }
    let matchEnd = position + minMatch
    while (matchEnd < endMax && input[matchEnd] === input[matchEnd - distance]) matchEnd++
    sink.match(literalStart, position, distance, matchEnd - position)
    // One position inside the match is worth remembering: text often goes on from there.
    table[hash(view.getInt32(matchEnd - 2, true))] = matchEnd - 2
    literalStart = matchEnd
    position = matchEnd
    attempts = attemptsPerStep
  }
  return literalStart
}

function hash(word: number): number {
  return Math.imul(word, 0x9e3779b1) >>> (32 - tableBits)
}
