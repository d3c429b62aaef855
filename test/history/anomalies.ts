/** The table of all anomalies: what each means, and which are legal when. */

/** What a run was set up to do, as far as it decides what is legal. */
export interface CheckOptions {
  /** What consumers ask for. @default 'read_committed' */
  readonly isolation?: 'read_committed' | 'read_uncommitted'
  /** Whether the consumers are in groups whose assignments the history does not tell. @default false */
  readonly hasUntoldRebalances?: boolean
  /** Whether a producer may send again what may have arrived. @default true: it never does */
  readonly isIdempotent?: boolean
}

interface Anomaly {
  readonly meaning: string
  /** Why it is legal with these options; `undefined` where it is not. */
  readonly allowed?: (options: CheckOptions) => string | undefined
}

const noWriteIsolation = (): string => 'Kafka does not isolate writes'
const untoldRebalance = ({ hasUntoldRebalances }: CheckOptions): string | undefined =>
  hasUntoldRebalances ? 'partitions may have moved between the polls' : undefined
const readUncommitted = ({ isolation }: CheckOptions): string | undefined =>
  isolation === 'read_uncommitted' ? 'consumers read uncommitted records' : undefined

export const anomalies = {
  'inconsistent-offsets': { meaning: 'one offset holds different values' },
  duplicate: {
    meaning: 'one value is at several offsets',
    allowed: ({ isIdempotent }) =>
      isIdempotent === false ? 'producers are not idempotent' : undefined,
  },
  'lost-write': { meaning: 'an acknowledged value below the highest one read was never read' },
  'torn-transaction': { meaning: 'of one transaction some values are there and others are not' },
  unseen: { meaning: 'an acknowledged value at the end of the log was not read by anyone' },
  phantom: { meaning: 'a value was read that nobody sent to that partition' },
  G1a: { meaning: 'a value was read whose send failed or was aborted', allowed: readUncommitted },
  'precommitted-read': {
    meaning: 'a transaction read what it had itself not yet committed',
    allowed: readUncommitted,
  },
  'int-poll-skip': { meaning: 'within one operation the reads of a key leave values out' },
  'int-nonmonotonic-poll': { meaning: 'within one operation the reads of a key go back or repeat' },
  'poll-skip': {
    meaning: 'a consumer leaves values out between two polls',
    allowed: untoldRebalance,
  },
  'nonmonotonic-poll': {
    meaning: 'a poll begins at or before the end of the one before',
    allowed: untoldRebalance,
  },
  'int-send-skip': {
    meaning: "other writers' values lie between two sends of one operation",
    allowed: noWriteIsolation,
  },
  'int-nonmonotonic-send': { meaning: 'two sends of one operation landed in reverse order' },
  'nonmonotonic-send': { meaning: "a producer's later operation landed before its earlier one" },
  G0: { meaning: 'operations wrote before each other, in a cycle', allowed: noWriteIsolation },
  G1c: { meaning: 'operations read from each other, in a cycle' },
  'G1c-ww': {
    meaning: 'operations read from, or wrote before, each other, in a cycle',
    allowed: noWriteIsolation,
  },
  'ownership-overlap': { meaning: 'two members own one partition in one generation' },
  'stale-owner': {
    meaning: 'a member has not noticed yet that its partition has a new owner',
    allowed: () => 'it is fenced when it commits',
  },
  'zombie-commit': { meaning: 'a member committed for a partition that had a newer owner' },
  'lost-commit': { meaning: 'a committed offset is lower than one acknowledged before' },
  'commit-regression': { meaning: 'a commit went back, and was not meant to' },
  'undelivered-commit': { meaning: 'a group committed past a record that it was never given' },
} as const satisfies Record<string, Anomaly>

export type AnomalyName = keyof typeof anomalies

/** Says why `name` is legal with `options`; `undefined` where it is not. */
export function whyAllowed(name: AnomalyName, options: CheckOptions): string | undefined {
  const anomaly: Anomaly = anomalies[name]
  return anomaly.allowed?.(options)
}
