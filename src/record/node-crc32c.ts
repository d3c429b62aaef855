/**
 * The CRC-32C of Node, Bun and Deno: from `@node-rs/crc32`, an optional dependency that is three
 * times as fast as JavaScript, and for what is small, from JavaScript through large tables.
 */

import { createRequire } from 'node:module'

import { useCrc32c } from './crc32c.ts'
import { wordsCrc32c, wordsFromBytes } from './words-crc32c.ts'

/** Below this size the call into native code costs more than it saves. */
const nativeFromBytes = 256

/** Returns whether native code does the checksums from now on; without it JavaScript does. */
export function installNativeCrc32c(): boolean {
  const native = loadNative()
  useCrc32c({
    fromBytes: wordsFromBytes,
    crc32c: (bytes, start, end) =>
      native === undefined || end - start < nativeFromBytes
        ? wordsCrc32c(bytes, start, end)
        : native(bytes.subarray(start, end)),
  })
  return native !== undefined
}

function loadNative(): ((bytes: Uint8Array) => number) | undefined {
  try {
    const { crc32c } = createRequire(import.meta.url)('@node-rs/crc32') as {
      crc32c: (bytes: Uint8Array) => number
    }
    // The checksum of '123456789' is known: what computes another one is not what we want.
    const check = new Uint8Array([0x31, 0x32, 0x33, 0x34, 0x35, 0x36, 0x37, 0x38, 0x39])
    return crc32c(check) === 0xe3069283 ? crc32c : undefined
  } catch {
    // Not installed, or not built for this platform: the caller is told by `false`.
    return undefined
  }
}
