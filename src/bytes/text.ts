/**
 * UTF-8 text out of bytes. Bytes that are not UTF-8 are read as U+FFFD, and a byte order mark is a
 * character like any other.
 */

/** Returns the text from `start` to `end`. */
export type ReadText = (bytes: Uint8Array, start: number, end: number) => string

const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/** Works everywhere. */
export const portableReadText: ReadText = (bytes, start, end) =>
  decoder.decode(new Uint8Array(bytes.buffer, bytes.byteOffset + start, end - start))

let current = portableReadText

/** Has text read by `faster` from now on, or by `portableReadText` where there is none. */
export function useReadText(faster: ReadText | undefined): void {
  current = faster ?? portableReadText
}

export function readText(bytes: Uint8Array, start: number, end: number): string {
  return current(bytes, start, end)
}
