/** What was asked of a store is not to be had here, or not now. */
export class StoreUnavailableError extends Error {
  /** The name of the class, also where names were minified. */
  override readonly name = 'StoreUnavailableError'
  /** What was asked for: the name of the store. */
  readonly store: string
  /** `elsewhere`: with another worker, which `ownerOf` tells of. */
  readonly reason: 'not started' | 'no such store' | 'elsewhere' | 'restoring'
  /** The partition that was asked for, where it was one. */
  readonly partition: number | undefined

  /** @internal */
  constructor(store: string, reason: StoreUnavailableError['reason'], partition?: number) {
    const where = partition === undefined ? '' : ` (partition ${partition})`
    super(`the store '${store}'${where} is not to be had: ${reason}`)
    this.store = store
    this.reason = reason
    this.partition = partition
  }
}
