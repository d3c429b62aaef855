/**
 * Where a log begins, once records were deleted from its front: a line of text with the offset and
 * the CRC-32C of its digits in hexadecimal. Kafka has one such file for all partitions, without a
 * checksum; here it moves and goes with its partition, and a wrong digit is no other offset.
 */

import { crc32c } from '../record/crc32c.ts'
import type { Storage } from '../storage/storage.ts'
import { readWholeFile, replaceFile } from '../storage/whole-file.ts'
import { startOffsetFile } from './log-files.ts'

/** Returns the offset in the file; `undefined` where it is damaged, 0 where there is none. */
export function readStartOffset(storage: Storage, folder: string): number | undefined {
  const bytes = readWholeFile(storage, `${folder}/${startOffsetFile}`)
  if (!bytes) return 0
  const text = new TextDecoder().decode(bytes)
  const offset = Number(/^(\d{1,16}) /.exec(text)?.[1])
  return text === lineOf(offset) ? offset : undefined
}

export function writeStartOffset(storage: Storage, folder: string, offset: number): Promise<void> {
  const bytes = new TextEncoder().encode(lineOf(offset))
  return replaceFile(storage, `${folder}/${startOffsetFile}`, bytes)
}

function lineOf(offset: number): string {
  return `${offset} ${crc32c(new TextEncoder().encode(String(offset))).toString(16)}\n`
}
