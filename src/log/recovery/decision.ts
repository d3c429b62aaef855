/**
 * What a start does about the last batches of a log, decided from three facts. The *recovery point*
 * is the offset below which all was on the disk (`points.ts`); it lags behind what was
 * acknowledged by a few seconds. The batches of a file lead up to `endOffset`, and end there either
 * with the file or before a bad stretch: a torn batch, zeros, or whatever a disk may leave.
 *
 * | after the batches  | valid ones later | recovery point | then                              |
 * | ------------------ | ---------------- | -------------- | --------------------------------- |
 * | the file ends      | –                | ≤ endOffset    | keep: all is there                |
 * | the file ends      | –                | > endOffset    | refuse: records are missing       |
 * | the file ends      | –                | unknown        | keep                              |
 * | a bad stretch      | none             | ≤ endOffset    | cut: the tail was being written   |
 * | a bad stretch      | none             | > endOffset    | refuse: records are damaged       |
 * | a bad stretch      | none             | unknown        | cut                               |
 * | a bad stretch      | some             | ≤ endOffset    | set aside, and cut                |
 * | a bad stretch      | some             | > endOffset    | refuse: records are damaged       |
 * | a bad stretch      | some             | unknown        | refuse                            |
 *
 * Set aside: a power cut writes pages that were not synced in any order, so a batch may be whole
 * though one before it is not. It is the usual cause, and then nothing is lost. But the records
 * may also have been synced, and acknowledged, in the seconds since the recovery point was written,
 * and the disk may have damaged them after that; nothing on the disk tells one from the other. So
 * the log goes on without them, and they are kept in a file beside it, with an error that says so.
 *
 * Refuse: records that were acknowledged are gone, and whether to go on without them is not for a
 * program to decide (`kafka.do repair` does it when told to). This log is as it was by then.
 *
 * Whether the shutdown was clean does not matter: it has written a recovery point at the end of the
 * log. Neither do derived files: they are made again where they are not those of the log. What is
 * in a pending segment was never acknowledged while the one before is not whole (`log-files.ts`).
 */

export interface TailFacts {
  /** The offset after the last of the batches that follow on each other. */
  readonly endOffset: number
  /** What comes after that batch. */
  readonly tail: 'none' | 'bad' | 'bad, then valid batches'
  /** `undefined` where it is not known. */
  readonly recoveryPoint: number | undefined
}

export type TailDecision = 'cut' | 'keep' | 'refuse' | 'set aside'

export function decideTail({ endOffset, tail, recoveryPoint }: TailFacts): TailDecision {
  if (recoveryPoint !== undefined && recoveryPoint > endOffset) return 'refuse'
  if (tail === 'none') return 'keep'
  if (tail === 'bad') return 'cut'
  return recoveryPoint === undefined ? 'refuse' : 'set aside'
}
