/** Text by Node's own methods of buffers: for short texts faster than what works everywhere. */

import { Buffer } from 'node:buffer'
import { useReadText, useWriteText } from './text.ts'

interface TextMethods {
  readonly utf8Slice?: (this: Uint8Array, start: number, end: number) => string
  readonly utf8Write?: (this: Uint8Array, text: string, start: number, maxBytes: number) => number
}

/** Returns whether Node handles text from now on; without it all goes on as before. */
export function installNativeText(): boolean {
  const { utf8Slice, utf8Write } = Buffer.prototype as TextMethods
  if (typeof utf8Slice !== 'function' || typeof utf8Write !== 'function') return false
  useReadText((bytes, start, end) => utf8Slice.call(bytes, start, end))
  useWriteText((bytes, text, start, maxBytes) => utf8Write.call(bytes, text, start, maxBytes))
  return true
}
