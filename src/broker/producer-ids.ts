/**
 * Hands out producer ids, each once, also across restarts: they are taken in blocks, and a block is
 * written down before the first id of it is given away. A restart leaves the rest of its block.
 */

import type { MetadataRecord, MetadataRecordInput } from '../protocol/records/metadata-record.ts'

const blockSize = 1000
/** A client may say that it has any id. One that no broker gives must not use up all others. */
const skippedMax = 2 ** 52

export class ProducerIds {
  readonly #append: (record: MetadataRecordInput) => Promise<void>
  /** The first id that is in no block yet. */
  #nextBlock = 0
  #next = 0
  #durable: Promise<void> = Promise.resolve()

  constructor(append: (record: MetadataRecordInput) => Promise<void>) {
    this.#append = append
  }

  /** Takes over what a record says; used while the log is replayed. */
  apply(record: MetadataRecord): void {
    if (record.type !== 'producerIdsRecord') return
    this.#nextBlock = Math.max(this.#nextBlock, record.value.nextProducerId)
    this.#next = this.#nextBlock
  }

  /**
   * Never gives `id`, nor one below: it is known to a partition that may come from elsewhere, and
   * would take what its next owner sends for repetitions. Called before the first `next`.
   */
  skip(id: number): void {
    if (id < this.#nextBlock || id > skippedMax) return
    this.#nextBlock = id + 1
    this.#next = this.#nextBlock
  }

  /** Resolves with an id that nobody has had, once its block is durable. */
  async next(brokerId: number): Promise<number> {
    if (this.#next === this.#nextBlock) {
      const nextProducerId = this.#nextBlock + blockSize
      const value = { brokerId, brokerEpoch: -1, nextProducerId }
      this.#durable = this.#append({ type: 'producerIdsRecord', value })
      // Only now: a log that is full throws, and the next one who asks tries again.
      this.#nextBlock = nextProducerId
    }
    const id = this.#next++
    await this.#durable
    return id
  }
}
