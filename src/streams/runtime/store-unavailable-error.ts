/** What was asked of a store is not to be had here, or not now. */
export class StoreUnavailableError extends Error {
  override readonly name = 'StoreUnavailableError'
  readonly store: string
  /** `elsewhere`: with another worker, which `ownerOf` tells of. */
  readonly reason: 'not started' | 'no such store' | 'elsewhere' | 'restoring'
  readonly partition: number | undefined

  constructor(store: string, reason: StoreUnavailableError['reason'], partition?: number) {
    const where = partition === undefined ? '' : ` (partition ${partition})`
    super(`the store '${store}'${where} is not to be had: ${reason}`)
    this.store = store
    this.reason = reason
    this.partition = partition
  }
}
