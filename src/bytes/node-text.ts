/** Text by Node's own reader of buffers: for short texts twice as fast as a `TextDecoder`. */

import { Buffer } from 'node:buffer'
import { useReadText } from './text.ts'

type Slice = (this: Uint8Array, start: number, end: number) => string

/** Returns whether Node reads text from now on; without it all goes on as before. */
export function installNativeText(): boolean {
  const slice = (Buffer.prototype as { utf8Slice?: Slice }).utf8Slice
  if (typeof slice !== 'function') return false
  useReadText((bytes, start, end) => slice.call(bytes, start, end))
  return true
}
