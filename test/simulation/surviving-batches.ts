/**
 * The prefix property: what is left of a log after a crash is what was there before, in the same
 * order and without a hole; after a kill, all of it.
 */

import { BatchWalker } from '../../src/log/segment/batch-walker.ts'
import {
  logSuffix,
  offsetName,
  offsetsOf,
  pendingSuffix,
  startOffsetFile,
} from '../../src/log/log-files.ts'
import { Violation } from './ledger.ts'
import { FileNode, FolderNode } from './sim-disk.ts'

export interface LoggedBatch {
  readonly baseOffset: number
  readonly lastOffset: number
  readonly crc: number
  readonly isControl: boolean
}

const controlBit = 0x20

interface LoggedPartition {
  /** In order. */
  readonly batches: readonly LoggedBatch[]
  /** Where the log ends, also if all that was in it is deleted. */
  readonly endOffset: number
}

/** By folder of a partition. */
export type LoggedBatches = ReadonlyMap<string, LoggedPartition>

/** Returns the batches in all logs, as programs see them, from where each begins. */
export function batchesOn(disk: FolderNode): LoggedBatches {
  const all = new Map<string, LoggedPartition>()
  for (const [name, folder] of disk.names) {
    if (folder instanceof FolderNode && /-\d+$/.test(name)) all.set(name, batchesIn(folder))
  }
  return all
}

function batchesIn({ names }: FolderNode): LoggedPartition {
  const found: LoggedBatch[] = []
  const startOffset = startOf(names.get(startOffsetFile))
  const settled = offsetsOf([...names.keys()], logSuffix)
  const pending = offsetsOf([...names.keys()], pendingSuffix)
  const offsets = [...new Set([...settled, ...pending])].sort((a, b) => a - b)
  for (const offset of offsets) {
    const suffix = settled.includes(offset) ? logSuffix : pendingSuffix
    const file = names.get(offsetName(offset) + suffix)
    if (!(file instanceof FileNode)) continue
    const { bytes } = file.cached
    const walker = new BatchWalker(readerOf(bytes))
    for (; walker.load(); walker.advance()) {
      const { baseOffset, lastOffset } = walker
      if (baseOffset < offset) break
      // Files before the start of a log are no part of it, and may have gone in any order.
      if (lastOffset < startOffset) continue
      const view = new DataView(bytes.buffer, bytes.byteOffset + walker.position)
      const isControl = (view.getInt16(21) & controlBit) !== 0
      found.push({ baseOffset, lastOffset, crc: view.getUint32(17), isControl })
    }
  }
  const endOffset = Math.max(startOffset, offsets.at(-1) ?? 0, (found.at(-1)?.lastOffset ?? -1) + 1)
  return { batches: found, endOffset }
}

function startOf(file: FileNode | FolderNode | undefined): number {
  if (!(file instanceof FileNode)) return 0
  return Number.parseInt(new TextDecoder().decode(file.cached.bytes), 10) || 0
}

function readerOf(bytes: Uint8Array): ConstructorParameters<typeof BatchWalker>[0] {
  return {
    sizeBytes: bytes.length,
    read(position: number, target: Uint8Array) {
      const part = bytes.subarray(position, position + target.length)
      target.set(part)
      return part.length
    },
  } as ConstructorParameters<typeof BatchWalker>[0]
}

export interface Survival {
  readonly before: LoggedBatches
  readonly now: LoggedBatches
  readonly isCompacted: (topic: string) => boolean
  readonly isAllKept: boolean
}

export function checkSurvivors({ before, now, isCompacted, isAllKept }: Survival): void {
  for (const [folder, { batches }] of now) {
    if (isCompacted(folder.slice(0, folder.lastIndexOf('-')))) continue
    const known = before.get(folder)
    if (!known) continue
    const byOffset = new Map(known.batches.map((batch) => [batch.baseOffset, batch]))
    let nextOffset = batches[0]?.baseOffset ?? 0
    for (const { baseOffset, lastOffset, crc, isControl } of batches) {
      if (baseOffset !== nextOffset) {
        throw new Violation('I16', `${folder} has ${baseOffset} where ${nextOffset} comes next`)
      }
      const was = byOffset.get(baseOffset)
      // The start itself ends transactions that nobody else can end any more.
      if (isControl && was?.crc !== crc) break
      nextOffset = lastOffset + 1
      if (was ? was.crc !== crc : baseOffset >= known.endOffset) {
        throw new Violation('I16', `${folder} has another batch at ${baseOffset} than before`)
      }
    }
    const last = known.batches.at(-1)
    if (isAllKept && last && batches.length > 0 && nextOffset !== last.lastOffset + 1) {
      const message = `${folder} ends at ${nextOffset} after a kill, and ended at`
      throw new Violation('I16', `${message} ${last.lastOffset + 1}`)
    }
  }
}
