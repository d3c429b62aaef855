/**
 * At which offset each leader epoch begins (KIP-101). They are kept in the producer snapshots; the
 * `leader-epoch-checkpoint` file is Kafka's, for its tools: lines of text, the version (0), the
 * number of epochs, then of each epoch and offset.
 */

export interface LeaderEpoch {
  readonly epoch: number
  readonly startOffset: number
}

export class LeaderEpochs {
  #epochs: LeaderEpoch[]
  /** What clients have been told already. */
  #least = 0

  constructor(epochs: readonly LeaderEpoch[] = []) {
    this.#epochs = [...epochs]
  }

  /** Ascending in epoch and in offset. */
  get entries(): readonly LeaderEpoch[] {
    return this.#epochs
  }

  /** The epoch of the latest batch; -1 before the first. */
  get latest(): number {
    return this.#epochs.at(-1)?.epoch ?? -1
  }

  /** In which the log is led: clients stop where an epoch is less than one that they have seen. */
  get current(): number {
    return Math.max(this.latest, this.#least)
  }

  /** Sees to it that the log is led in no earlier epoch. */
  raise(epoch: number): void {
    this.#least = Math.max(this.#least, epoch)
  }

  /** Returns the epoch of the record at `offset`, or of the next one. */
  at(offset: number): number {
    const entry = this.#epochs.findLast(({ startOffset }) => startOffset <= offset)
    return (entry ?? this.#epochs[0])?.epoch ?? this.current
  }

  /** Notes that batches from `startOffset` on are of `epoch`. */
  assign(epoch: number, startOffset: number): void {
    if (epoch > this.latest) this.#epochs.push({ epoch, startOffset })
  }

  /**
   * Returns the largest epoch that is at most `epoch`, and the offset after its last record, which
   * for an epoch before the first is where that begins; `undefined` for an epoch after the latest.
   * `logEndOffset` is where the latest epoch ends so far.
   */
  endOf(epoch: number, logEndOffset: number): { epoch: number; endOffset: number } | undefined {
    const at = this.#epochs.findLastIndex((entry) => entry.epoch <= epoch)
    if (epoch > this.latest) return undefined
    const first = this.#epochs[0]
    if (at < 0) return first && { epoch, endOffset: first.startOffset }
    const endOffset = this.#epochs[at + 1]?.startOffset ?? logEndOffset
    return { epoch: this.#epochs[at]!.epoch, endOffset }
  }

  encode(): Uint8Array {
    const lines = this.#epochs.map(({ epoch, startOffset }) => `${epoch} ${startOffset}\n`)
    return new TextEncoder().encode(`0\n${lines.length}\n${lines.join('')}`)
  }
}
