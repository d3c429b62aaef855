/**
 * Checks the small files of a data folder: snapshots, checkpoints, metadata; and whether there is
 * anything that does not belong. Kafka's own files are known here, too.
 */

import type { Storage } from '../../storage/storage.ts'
import { asideSuffix, readWholeFile } from '../../storage/whole-file.ts'
import type { FaultKind, LogFault } from '../log-fault.ts'
import {
  failedSyncFile,
  indexSuffix,
  leaderEpochFile,
  logSuffix,
  offsetName,
  offsetsOf,
  partitionMetadataFile,
  pendingSuffix,
  snapshotSuffix,
  startOffsetFile,
  timeIndexSuffix,
  transactionIndexSuffix,
} from '../log-files.ts'
import { readTopicId } from '../partition-folder.ts'
import { decodeProducerSnapshot } from '../producer/producer-snapshot.ts'
import { readStartOffset } from '../recovery/start-offset.ts'

export type OnFault = (kind: FaultKind, fault: Omit<LogFault, 'kind'>) => void

export interface PartitionExtent {
  /** `undefined` in a log without batches. */
  readonly firstOffset: number | undefined
  readonly endOffset: number
}

const partitionFiles = new Set([
  leaderEpochFile,
  startOffsetFile,
  partitionMetadataFile,
  failedSyncFile,
  // Of Kafka's controllers.
  'quorum-state',
])

const offsetSuffixes = [
  logSuffix,
  pendingSuffix,
  indexSuffix,
  timeIndexSuffix,
  transactionIndexSuffix,
  snapshotSuffix,
]

/** Checks what is in the folder of a partition besides its segments. */
export function verifyPartitionFiles(
  storage: Storage,
  folder: string,
  { extent, onFault }: { readonly extent: PartitionExtent; readonly onFault: OnFault },
): void {
  const names = storage.list(folder)
  for (const name of names) verifyName(name, folder, onFault)
  verifySnapshots(storage, folder, { extent, onFault })
  verifyIndexOwners(names, folder, onFault)
  if (names.includes(failedSyncFile)) {
    onFault('failed-sync', { file: `${folder}/${failedSyncFile}`, what: 'a sync of it has failed' })
  }
  const metadata = `${folder}/${partitionMetadataFile}`
  if (names.includes(partitionMetadataFile) && readTopicId(storage, folder) === undefined) {
    onFault('metadata', { file: metadata, what: 'it names no topic id' })
  }
  verifyEpochs(storage, folder, { extent, onFault })
  verifyStart(storage, folder, { extent, onFault })
}

function verifyName(name: string, folder: string, onFault: OnFault): void {
  if (partitionFiles.has(name)) return
  if (offsetSuffixes.some((suffix) => offsetsOf([name], suffix).length > 0)) return
  if (/^\d{20}\.quarantine-\d+(-\d+)?(\.json)?$/.test(name)) return
  // Snapshots of cluster metadata, of Kafka's controllers.
  if (/^\d{20}-\d{10}\.checkpoint$/.test(name)) return
  const file = `${folder}/${name}`
  const isLeftover = /\.(cleaned|swap|deleted)$/.test(name) || name.endsWith(asideSuffix)
  if (isLeftover) onFault('leftover', { file, what: 'left by something that was interrupted' })
  else onFault('stray', { file, what: 'no file of a log is called so' })
}

interface Check {
  readonly extent: PartitionExtent
  readonly onFault: OnFault
}

function verifySnapshots(storage: Storage, folder: string, { extent, onFault }: Check): void {
  for (const offset of offsetsOf(storage.list(folder), snapshotSuffix)) {
    const file = `${folder}/${offsetName(offset)}${snapshotSuffix}`
    const bytes = readWholeFile(storage, file)
    if (bytes && !decodeProducerSnapshot(bytes)) {
      const what = `its ${bytes.length} bytes do not fit its checksum`
      onFault('snapshot', { file, offset, what })
    } else if (offset > extent.endOffset) {
      const what = `it is of offset ${offset}, and the log ends at ${extent.endOffset}`
      onFault('snapshot', { file, offset, what })
    }
  }
}

/** An index without its segment is of no use. */
function verifyIndexOwners(names: readonly string[], folder: string, onFault: OnFault): void {
  const segments = new Set([...offsetsOf(names, logSuffix), ...offsetsOf(names, pendingSuffix)])
  for (const suffix of [indexSuffix, timeIndexSuffix, transactionIndexSuffix]) {
    for (const offset of offsetsOf(names, suffix)) {
      if (segments.has(offset)) continue
      const file = `${folder}/${offsetName(offset)}${suffix}`
      onFault('leftover', { file, offset, what: 'there is no segment for it' })
    }
  }
}

function verifyEpochs(storage: Storage, folder: string, { extent, onFault }: Check): void {
  const file = `${folder}/${leaderEpochFile}`
  const bytes = readWholeFile(storage, file)
  if (!bytes) return
  const lines = checkpointLines(bytes)
  if (!lines) return onFault('checkpoint', { file, what: 'it is no checkpoint' })
  let previous = { epoch: -1, offset: -1 }
  for (const line of lines) {
    const [, epochText, offsetText] = /^(\d{1,10}) (\d{1,16})$/.exec(line) ?? []
    const next = { epoch: Number(epochText), offset: Number(offsetText) }
    const isNext = next.epoch > previous.epoch && next.offset >= previous.offset
    if (!isNext) {
      return onFault('checkpoint', { file, what: `line '${line}' is not of a later epoch` })
    }
    previous = next
  }
  if (previous.offset <= extent.endOffset) return
  const { epoch, offset } = previous
  const what = `epoch ${epoch} begins at ${offset}, and the log ends at ${extent.endOffset}`
  onFault('checkpoint', { file, offset, what })
}

function verifyStart(storage: Storage, folder: string, { extent, onFault }: Check): void {
  const file = `${folder}/${startOffsetFile}`
  const offset = readStartOffset(storage, folder)
  if (offset === undefined) {
    onFault('checkpoint', { file, what: 'it does not fit its checksum' })
  } else if (offset > extent.endOffset) {
    const what = `the log begins at ${offset}, and ends at ${extent.endOffset}`
    onFault('lost-end', { file, offset: extent.endOffset, what })
  }
}

/** Returns the lines of one of Kafka's checkpoints; `undefined` where it is damaged. */
export function checkpointLines(bytes: Uint8Array): string[] | undefined {
  const [version, count, ...lines] = new TextDecoder().decode(bytes).trimEnd().split('\n')
  return version === '0' && Number(count) === lines.length ? lines : undefined
}
