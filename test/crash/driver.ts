/** What the load needs of a client library; one file each says how that one does it. */

/** A record as it came: the value is text that `records.ts` knows to check. */
export interface Received {
  readonly partition: number
  readonly offset: number
  readonly value: string
}

export interface OpenProducer {
  /** Sends values to one partition, `acks=all`; resolves to the offset of the first. */
  send(partition: number, values: readonly string[]): Promise<number>
  close(): Promise<void>
}

export interface Transaction {
  readonly sends: readonly { readonly partition: number; readonly values: readonly string[] }[]
  readonly end: 'commit' | 'abort'
  /** Is called before the commit is asked for: from here on nobody knows, until it is answered. */
  readonly onCommit: () => void
}

export interface TransactionalProducer {
  /** Resolves to the offset of the first value of each send. */
  run(transaction: Transaction): Promise<readonly number[]>
  close(): Promise<void>
}

export interface ConsumeOptions {
  readonly group: string
  /** Leaves the group and resolves. */
  readonly signal: AbortSignal
  /** From here on records come from where the group got to. */
  readonly onAssign: (epoch?: number) => void
  /** Is waited for before more records are handed over. */
  readonly onRecords: (records: readonly Received[], commit: Commit) => Promise<void>
}

/** Commits, by partition, the offset to go on from. */
export type Commit = (offsets: ReadonlyMap<number, number>) => Promise<void>

export interface Driver {
  /** Where the client hands over records of aborted transactions; else it never may. */
  readonly isolation?: 'read_uncommitted'
  openProducer(): Promise<OpenProducer>
  /** Aborts what the producer of that id before this one left open. */
  openTransactions?(transactionalId: string): Promise<TransactionalProducer>
  /** Consumes the topic from its beginning, or the group's offsets, until aborted. Rejects where the client gave up. */
  consume(options: ConsumeOptions): Promise<void>
  close(): Promise<void>
}

export interface DriverOptions {
  /** `host:port`. */
  readonly bootstrap: string
  readonly topic: string
}
