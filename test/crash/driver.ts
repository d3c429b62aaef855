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
  openProducer(): Promise<OpenProducer>
  /** Consumes the topic from its beginning, or the group's offsets, until aborted. Rejects where the client gave up. */
  consume(options: ConsumeOptions): Promise<void>
  close(): Promise<void>
}

export interface DriverOptions {
  /** `host:port`. */
  readonly bootstrap: string
  readonly topic: string
}
