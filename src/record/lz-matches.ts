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

const tableBitsMax = 14
const tableBitsMin = 10
const distanceMax = 0xffff
const minMatch = 4
/** LZ4 wants the last match to start this long before the end, and to end this long before it. */
const lastStartBytes = 12
const lastLiteralBytes = 5
/** Each time so many attempts failed, the search goes on in larger steps. */
const attemptsPerStep = 64

/** The last position at which each hash was seen; only ever used within one call. */
const table = new Int32Array(1 << tableBitsMax)

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
  // A slot for every byte, within limits: to empty a large table costs more than little input.
  const bits = Math.min(tableBitsMax, Math.max(tableBitsMin, 32 - Math.clz32(end - start)))
  const shift = 32 - bits
  table.fill(-1, 0, 1 << bits)
  let literalStart = start
  let attempts = attemptsPerStep
  for (let position = start; position <= startMax;) {
    const word = view.getInt32(position, true)
    const slot = hash(word) >>> shift
    const before = table[slot]!
    table[slot] = position
    const distance = position - before
    if (before < start || distance > distanceMax || view.getInt32(before, true) !== word) {
      position += Math.floor(attempts++ / attemptsPerStep)
      continue
    }
    const matchEnd = position + minMatch + equalBytes(view, position + minMatch, distance, endMax)
    sink.match(literalStart, position, distance, matchEnd - position)
    // One position inside the match is worth remembering: text often goes on from there.
    table[hash(view.getInt32(matchEnd - 2, true)) >>> shift] = matchEnd - 2
    literalStart = matchEnd
    position = matchEnd
    attempts = attemptsPerStep
  }
  return literalStart
}

/** Returns how many bytes from `start` on, up to `end`, are those `distance` before. */
function equalBytes(view: DataView, start: number, distance: number, end: number): number {
  let position = start
  for (; position <= end - 4; position += 4) {
    const difference = view.getInt32(position, true) ^ view.getInt32(position - distance, true)
    // The lowest bit that differs is in the first byte that does.
    if (difference !== 0) {
      return position - start + ((31 - Math.clz32(difference & -difference)) >> 3)
    }
  }
  while (position < end && view.getUint8(position) === view.getUint8(position - distance))
    position++
  return position - start
}

/** Spreads the bits of `word`; the upper ones are the best. */
function hash(word: number): number {
  return Math.imul(word, 0x9e3779b1)
}
