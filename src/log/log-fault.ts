/** What can be wrong in a data folder: each kind with what it means and what to do about it. */

/**
 * - `lost`: records are missing, unreadable or contradict each other
 * - `torn`: the end of a write that a crash has interrupted
 * - `rebuilt`: a file that the next start makes again from the log
 * - `stray`: a file that nothing reads
 */
export type FaultSeverity = 'lost' | 'torn' | 'rebuilt' | 'stray'

interface FaultMeaning {
  readonly severity: FaultSeverity
  readonly meaning: string
  readonly advice: string
}

const restart = 'Nothing: the next start of the broker sees to it.'
const restore =
  'Keep a copy of the folder. Bring the file back from a backup, or let `kafka.do repair` ' +
  'give up what is damaged.'

export const faultKinds = {
  'damaged-batch': {
    severity: 'lost',
    meaning: 'Records that were stored here cannot be read; the broker refuses to start with it.',
    advice: restore,
  },
  'damaged-records': {
    severity: 'lost',
    meaning: 'The checksum is right, so the batch was written like that: clients cannot read it.',
    advice: 'Find the producer that wrote it; DeleteRecords up to the next offset removes it.',
  },
  'offset-order': {
    severity: 'lost',
    meaning: 'A batch stands where its offset does not belong: readers may miss or repeat records.',
    advice: restore,
  },
  'missing-offsets': {
    severity: 'lost',
    meaning: 'The segment that had these offsets is gone, or was cut short.',
    advice: restore,
  },
  'lost-end': {
    severity: 'lost',
    meaning: 'The log was longer on this disk once: records at its end are gone.',
    advice: restore,
  },
  'repeated-sequence': {
    severity: 'lost',
    meaning: 'An idempotent producer has a batch twice in the log: its readers see records twice.',
    advice: 'Report it: a broker must not let that happen.',
  },
  'torn-tail': {
    severity: 'torn',
    meaning: 'A crash has interrupted a write. Such records were not acknowledged as durable.',
    advice: restart,
  },
  'failed-sync': {
    severity: 'torn',
    meaning: 'A sync has failed: what reads well here may not be on the disk.',
    advice: 'Check the disk, then start the broker: it writes what it can read to new files.',
  },
  index: {
    severity: 'rebuilt',
    meaning: 'The index does not say what the log says. A broker that trusts it misses records.',
    advice: 'kafka.do makes it again by itself. For Apache Kafka, delete the index file.',
  },
  snapshot: {
    severity: 'rebuilt',
    meaning: 'What is kept of the producers cannot be used, and will be found again from the log.',
    advice: restart,
  },
  checkpoint: {
    severity: 'rebuilt',
    meaning: 'A checkpoint cannot be used: the next start reads more of the logs instead.',
    advice: restart,
  },
  metadata: {
    severity: 'rebuilt',
    meaning: 'The folder does not tell which topic it belongs to.',
    advice: 'Nothing, where the topic is known to the broker; else bring the file back.',
  },
  stray: {
    severity: 'stray',
    meaning: 'Nothing reads this file.',
    advice: 'Remove it, if you do not know it.',
  },
  leftover: {
    severity: 'stray',
    meaning: 'What a crash has left of a write, a compaction or a deletion.',
    advice: restart,
  },
} as const satisfies Readonly<Record<string, FaultMeaning>>

export type FaultKind = keyof typeof faultKinds

export interface LogFault {
  readonly kind: FaultKind
  /** The file, relative to the data folder. */
  readonly file: string
  /** Position of the first byte that is concerned. */
  readonly position?: number | undefined
  /** The first offset that is concerned. */
  readonly offset?: number | undefined
  readonly what: string
}

/** Returns the fault as one line. */
export function faultText({ file, position, what }: LogFault): string {
  return `${file}${position === undefined ? '' : ` at byte ${position}`}: ${what}`
}
