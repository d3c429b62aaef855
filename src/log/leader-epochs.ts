/**
 * At which offset each leader epoch begins (KIP-101). The `leader-epoch-checkpoint` file is
 * Kafka's: lines of text, the version (0), the number of epochs, then of each epoch and offset.
 */

export interface LeaderEpoch {
  readonly epoch: number
  readonly startOffset: number
}

export class LeaderEpochs {
  #epochs: LeaderEpoch[] = []

  /** Ascending in epoch and in offset. */
  get entries(): readonly LeaderEpoch[] {
    return this.#epochs
  }

  /** The epoch of the latest batch; -1 before the first. */
  get latest(): number {
    return this.#epochs.at(-1)?.epoch ?? -1
  }

  /** Notes that batches from `startOffset` on are of `epoch`. Returns whether that is news. */
  assign(epoch: number, startOffset: number): boolean {
    if (epoch <= this.latest) return false
    this.#epochs.push({ epoch, startOffset })
    return true
  }

  /**
   * Returns the largest epoch that is at most `epoch`, and the offset after its last record;
   * `undefined` where there is none. `logEndOffset` is where the latest epoch ends so far.
   */
  endOf(epoch: number, logEndOffset: number): { epoch: number; endOffset: number } | undefined {
    const at = this.#epochs.findLastIndex((entry) => entry.epoch <= epoch)
    if (at < 0) return undefined
    const endOffset = this.#epochs[at + 1]?.startOffset ?? logEndOffset
    return { epoch: this.#epochs[at]!.epoch, endOffset }
  }

  /** Forgets epochs that begin at `offset` or later, of which the records were cut off. */
  cutAt(offset: number): void {
    this.#epochs = this.#epochs.filter(({ startOffset }) => startOffset < offset)
  }

  encode(): Uint8Array {
    const lines = this.#epochs.map(({ epoch, startOffset }) => `${epoch} ${startOffset}\n`)
    return new TextEncoder().encode(`0\n${lines.length}\n${lines.join('')}`)
  }

  /** Returns `undefined` where the file is damaged. */
  static decode(bytes: Uint8Array): LeaderEpochs | undefined {
    const [version, count, ...lines] = new TextDecoder().decode(bytes).trimEnd().split('\n')
    if (version !== '0' || count !== String(lines.length)) return undefined
    const epochs = new LeaderEpochs()
    for (const line of lines) {
      const match = /^(\d{1,10}) (\d{1,16})$/.exec(line)
      if (!match || !epochs.assign(Number(match[1]), Number(match[2]))) return undefined
    }
    return epochs
  }
}
