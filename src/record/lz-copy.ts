/** Copies between and within byte arrays for LZ77 decoders, whose copies are mostly a few bytes. */

/** Below this length a loop beats a call into the runtime. */
const shortBytes = 32

/** Copies `length` bytes of `input` from `start` on to `position` in `output`. */
export function copyLiterals(
  output: Uint8Array,
  position: number,
  input: Uint8Array,
  { start, length }: { readonly start: number; readonly length: number },
): void {
  if (length > shortBytes) return output.set(input.subarray(start, start + length), position)
  for (let index = 0; index < length; index++) output[position + index] = input[start + index]!
}

/** Repeats what begins `distance` bytes before `position`; the two may overlap, as in LZ77. */
export function copyMatch(
  output: Uint8Array,
  position: number,
  distance: number,
  length: number,
): void {
  const start = position - distance
  if (length > shortBytes && distance >= length) {
    output.copyWithin(position, start, start + length)
    return
  }
  for (let index = 0; index < length; index++) output[position + index] = output[start + index]!
}
