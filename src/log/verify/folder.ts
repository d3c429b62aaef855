/**
 * Checks a whole data folder that nobody has open, of kafka.do or of Apache Kafka: every log, and
 * the files around them. Changes nothing.
 */

import type { Codecs } from '../../record/compression.ts'
import type { Storage } from '../../storage/storage.ts'
import { asideSuffix, readWholeFile } from '../../storage/whole-file.ts'
import { compactionCheckpointFile } from '../compaction/checkpoint.ts'
import type { FaultKind, LogFault } from '../log-fault.ts'
import { deletedSuffix, logSuffix, offsetsOf, pendingSuffix } from '../log-files.ts'
import { partitionOf, readTopicId } from '../partition-folder.ts'
import { decodeRecoveryPoints, recoveryPointsFile } from '../recovery/points.ts'
import { verifyLog } from './verify.ts'
import type { LogReport } from './verify.ts'
import { checkpointLines, verifyPartitionFiles } from './files.ts'

export interface VerifyFolderOptions {
  readonly storage: Storage
  readonly codecs: Codecs
  readonly records: 'check' | 'skip'
  readonly onFault: (fault: LogFault) => void
  readonly onLog: (folder: string, report: LogReport) => void
  readonly onProgress: (sizeBytes: number) => void
}

/** Kafka's checkpoints of all partitions, and what an offset in them says of its log. */
const checkpoints: Readonly<Record<string, 'synced' | 'start' | 'compacted'>> = {
  'recovery-point-offset-checkpoint': 'synced',
  'replication-offset-checkpoint': 'synced',
  'log-start-offset-checkpoint': 'start',
  [compactionCheckpointFile]: 'compacted',
}

const folderFiles = new Set([
  ...Object.keys(checkpoints),
  recoveryPointsFile,
  '.lock',
  '.kafka_cleanshutdown',
  'meta.properties',
  'bootstrap.checkpoint',
  // Of a file system that has its root here.
  'lost+found',
])

/** Returns the folders of partitions: those below, or the folder itself where it is of one. */
export function partitionFolders(storage: Storage): string[] {
  const names = storage.list('')
  return isPartitionFolder(names)
    ? ['.']
    : names.filter((name) => partitionOf(name) && storage.list(name).length > 0)
}

/** Returns the bytes of all segments, for progress. */
export function segmentBytesOf(storage: Storage, folder: string): number {
  let sum = 0
  for (const name of storage.list(folder)) {
    if (!isSegmentName(name)) continue
    const file = storage.open(`${folder}/${name}`)
    sum += file.sizeBytes
    file.close()
  }
  return sum
}

export function verifyFolder(options: VerifyFolderOptions): void {
  new FolderVerifier(options).run()
}

class FolderVerifier {
  readonly #options: VerifyFolderOptions
  /** By folder: up to where each is compacted. */
  readonly #compacted = new Map<string, number>()
  readonly #reports = new Map<string, LogReport>()

  constructor(options: VerifyFolderOptions) {
    this.#options = options
  }

  run(): void {
    const { storage } = this.#options
    const names = storage.list('')
    const folders = partitionFolders(storage)
    for (const line of this.#linesOf(compactionCheckpointFile) ?? []) {
      const entry = entryOf(line)
      if (entry) this.#compacted.set(entry.folder, entry.offset)
    }
    for (const folder of folders) this.#verifyPartition(folder)
    if (isPartitionFolder(names)) return
    for (const name of names) {
      if (!folders.includes(name)) this.#verifyName(name)
    }
    this.#verifyRecoveryPoints()
    for (const [file, meaning] of Object.entries(checkpoints)) this.#verifyCheckpoint(file, meaning)
  }

  #verifyPartition(folder: string): void {
    const { storage, codecs, records, onProgress, onFault, onLog } = this.#options
    const compactedUpTo = this.#compacted.get(folder) ?? 0
    const givenUp = givenUpOffsets(storage, folder)
    const report = verifyLog({
      storage,
      folder,
      codecs,
      records,
      onProgress,
      compactedUpTo,
      givenUp,
      derived: 'all',
    })
    this.#reports.set(folder, report)
    for (const fault of report.faults) onFault(fault)
    verifyPartitionFiles(storage, folder, {
      extent: report,
      onFault: (kind, fault) => this.#fault(kind, fault),
    })
    onLog(folder, report)
  }

  #verifyName(name: string): void {
    if (folderFiles.has(name)) return
    const { storage } = this.#options
    if (name.endsWith(deletedSuffix)) {
      this.#fault('leftover', { file: name, what: 'the folder of a partition that was deleted' })
    } else if (name.endsWith(asideSuffix)) {
      this.#fault('leftover', { file: name, what: 'left by something that was interrupted' })
    } else if (partitionOf(name)) {
      this.#fault('stray', { file: name, what: 'a partition without files' })
    } else {
      const isFolder = storage.list(name).length > 0
      const what = `no ${isFolder ? 'folder' : 'file'} of a broker is called so`
      this.#fault('stray', { file: name, what })
    }
  }

  #verifyRecoveryPoints(): void {
    const { storage } = this.#options
    const file = recoveryPointsFile
    const bytes = readWholeFile(storage, file)
    if (!bytes) return
    const points = decodeRecoveryPoints(bytes)?.points
    if (!points) return this.#fault('checkpoint', { file, what: 'it does not fit its checksum' })
    for (const { topicId, topic, partition, offset } of points) {
      const folder = `${topic}-${partition}`
      // A topic that was deleted since, or made again.
      if (readTopicId(storage, folder) !== topicId) continue
      this.#verifyEnd(file, folder, offset)
    }
  }

  #verifyCheckpoint(file: string, meaning: 'synced' | 'start' | 'compacted'): void {
    if (!this.#options.storage.exists(file)) return
    const lines = this.#linesOf(file)
    if (!lines) return this.#fault('checkpoint', { file, what: 'it is no checkpoint' })
    for (const line of lines) {
      const entry = entryOf(line)
      if (!entry) this.#fault('checkpoint', { file, what: `line '${line}' is no entry` })
      else if (meaning === 'synced') this.#verifyEnd(file, entry.folder, entry.offset)
      else this.#verifyOffset(file, entry)
    }
  }

  #verifyEnd(file: string, folder: string, offset: number): void {
    const report = this.#reports.get(folder)
    if (!report || report.endOffset >= offset) return
    const what = `${folder} was on the disk up to offset ${offset}, and ends at ${report.endOffset}`
    this.#fault('lost-end', { file, offset: report.endOffset, what })
  }

  #verifyOffset(file: string, { folder, offset }: CheckpointEntry): void {
    const report = this.#reports.get(folder)
    if (!report || report.endOffset >= offset) return
    const what = `offset ${offset} of ${folder} is beyond its end, ${report.endOffset}`
    this.#fault('checkpoint', { file, offset, what })
  }

  #linesOf(file: string): string[] | undefined {
    const bytes = readWholeFile(this.#options.storage, file)
    return bytes && checkpointLines(bytes)
  }

  #fault(kind: FaultKind, fault: Omit<LogFault, 'kind'>): void {
    this.#options.onFault({ kind, ...fault })
  }
}

interface CheckpointEntry {
  readonly folder: string
  readonly offset: number
}

function entryOf(line: string): CheckpointEntry | undefined {
  const [, topic, partition, offset] = /^(\S+) (\d{1,10}) (\d{1,16})$/.exec(line) ?? []
  return topic === undefined
    ? undefined
    : { folder: `${topic}-${partition}`, offset: Number(offset) }
}

/** Returns the offsets from which `repair` has given records up, by its reports. */
function givenUpOffsets(storage: Storage, folder: string): ReadonlySet<number> {
  const offsets = new Set<number>()
  for (const name of storage.list(folder)) {
    if (!/\.quarantine-.*\.json$/.test(name)) continue
    const text = new TextDecoder().decode(readWholeFile(storage, `${folder}/${name}`))
    const offset = /"fromOffset": (\d{1,16})/.exec(text)?.[1]
    if (offset !== undefined) offsets.add(Number(offset))
  }
  return offsets
}

function isPartitionFolder(names: readonly string[]): boolean {
  return names.some(isSegmentName)
}

function isSegmentName(name: string): boolean {
  return [logSuffix, pendingSuffix].some((suffix) => offsetsOf([name], suffix).length > 0)
}
