/**
 * Up to which offset each log is known to be on the disk, written now and then while a broker runs
 * and when it stops: the file `recovery-points` in the data folder. It is what Kafka keeps in
 * `recovery-point-offset-checkpoint`, with the id of the topic, so that a topic that is deleted and
 * made again is not taken for the old one, and with a checksum. Lines of text, one for each log:
 *
 *     version 1, CRC-32C of all that follows in hexadecimal
 *     the time, in milliseconds since 1970
 *     topic id, topic, partition, offset
 *
 * The file lags behind, and is never ahead: it is written after the syncs that it tells of. So
 * records below a recovery point were on the disk, and it is damage where they are not there now.
 */

import { crc32c } from '../../record/crc32c.ts'
import type { Storage } from '../../storage/storage.ts'
import { readWholeFile, replaceFile } from '../../storage/whole-file.ts'

export const recoveryPointsFile = 'recovery-points'

const version = 1
const lineFeed = 10

/** A log, as the file names it. */
export interface PointedLog {
  readonly topicId: string
  readonly topic: string
  readonly partition: number
}

export interface RecoveryPoint extends PointedLog {
  /** Records below it are on the disk. */
  readonly offset: number
}

/** What the file says. */
export interface NotedPoints {
  /** When it was written. */
  readonly timeMs: number
  readonly points: readonly RecoveryPoint[]
}

export class RecoveryPoints {
  /** By topic and partition; `undefined` without a good file, when nothing is known of any log. */
  readonly #points: ReadonlyMap<string, RecoveryPoint> | undefined
  /** When they were noted; `undefined` without a good file. */
  readonly timeMs: number | undefined

  private constructor(noted: NotedPoints | undefined) {
    this.#points = noted && new Map(noted.points.map((point) => [keyOf(point), point]))
    this.timeMs = noted?.timeMs
  }

  static read(storage: Storage): RecoveryPoints {
    const bytes = readWholeFile(storage, recoveryPointsFile)
    return new RecoveryPoints(bytes && decodeRecoveryPoints(bytes))
  }

  /** Returns all but those of topics with one of these ids. */
  without(topicIds: ReadonlySet<string>): RecoveryPoints {
    if (this.timeMs === undefined) return this
    const points = this.all().filter(({ topicId }) => !topicIds.has(topicId))
    return new RecoveryPoints({ timeMs: this.timeMs, points })
  }

  get areKnown(): boolean {
    return this.#points !== undefined
  }

  /** Returns all that is known, in no particular order. */
  all(): RecoveryPoint[] {
    return [...(this.#points?.values() ?? [])]
  }

  /**
   * Returns the offset below which all records of a log were on the disk: 0 for a log that is
   * younger than the file, `undefined` where nothing is known.
   *
   * @param log without a topic id where its folder does not tell
   */
  of(
    log: Omit<PointedLog, 'topicId'> & { readonly topicId: string | undefined },
  ): number | undefined {
    if (!this.#points) return undefined
    const point = this.#points.get(keyOf(log))
    const isOfAnother = log.topicId !== undefined && point?.topicId !== log.topicId
    return isOfAnother ? 0 : (point?.offset ?? 0)
  }
}

/** Writes the file anew. Calls must wait for each other. */
export function writeRecoveryPoints(storage: Storage, noted: NotedPoints): Promise<void> {
  return replaceFile(storage, recoveryPointsFile, encodeRecoveryPoints(noted))
}

export function encodeRecoveryPoints({ timeMs, points }: NotedPoints): Uint8Array {
  const lines = points.map((point) => `${point.topicId} ${keyOf(point)} ${point.offset}\n`)
  const encoder = new TextEncoder()
  const body = `${timeMs}\n${lines.join('')}`
  return encoder.encode(`${version} ${crc32c(encoder.encode(body)).toString(16)}\n${body}`)
}

/** Returns what the file says, or `undefined` where it is damaged. */
export function decodeRecoveryPoints(bytes: Uint8Array): NotedPoints | undefined {
  const headEnd = bytes.indexOf(lineFeed) + 1
  const body = bytes.subarray(headEnd)
  const head = new TextDecoder().decode(bytes.subarray(0, headEnd))
  if (head !== `${version} ${crc32c(body).toString(16)}\n`) return undefined
  const [time, ...lines] = new TextDecoder().decode(body).split('\n').slice(0, -1)
  const points = lines.map((line) => {
    const [topicId = '', topic = '', partition, offset] = line.split(' ')
    return { topicId, topic, partition: Number(partition), offset: Number(offset) }
  })
  return { timeMs: Number(time), points }
}

function keyOf({ topic, partition }: Omit<PointedLog, 'topicId'>): string {
  return `${topic} ${partition}`
}
