/** Which calls to the disk fail, and when: planned from the seed, for the life of one process. */

import type { SeededRandom } from '../support/random.ts'
import type { SimClock } from './sim-clock.ts'
import { InjectedError, type DiskCall, type DiskFaults } from './sim-storage.ts'

export type FaultKind = 'disk full' | 'failed sync' | 'failed from now on' | 'failed call'

export interface DiskFaultsOptions {
  readonly clock: SimClock
  readonly random: SeededRandom
  readonly count: (what: string) => void
}

export class PlannedFaults implements DiskFaults {
  readonly #options: DiskFaultsOptions
  #plan: FaultKind | undefined
  /** Calls to let pass before the plan begins. */
  #countdown = 0
  #fullUntilMs = -1
  #isBroken = false

  constructor(options: DiskFaultsOptions) {
    this.#options = options
  }

  plan(kind: FaultKind | undefined): void {
    this.#plan = kind
    this.#countdown = this.#options.random.below(kind === 'failed sync' ? 40 : 250)
    this.#isBroken = false
    this.#fullUntilMs = -1
  }

  heal(): void {
    this.plan(undefined)
  }

  syncMs = (): number => {
    const { random } = this.#options
    return (random.below(10) === 0 ? 15 : 2) * random.number()
  }

  failure = (call: DiskCall, path: string): Error | undefined => {
    const { clock, count, random } = this.#options
    if (call === 'rename' && path.includes('.swap → ')) count('segments compacted')
    if (this.#isBroken && call !== 'read') return this.#error('EIO', call, path)
    if (clock.monotonic() < this.#fullUntilMs && (call === 'append' || call === 'create')) {
      count('calls failed for want of space')
      return this.#error('ENOSPC', call, path)
    }
    const plan = this.#plan
    if (!plan) return undefined
    if (plan === 'failed sync' && call !== 'sync' && call !== 'syncFolder') return undefined
    if (this.#countdown-- > 0) return undefined
    this.#plan = undefined
    if (plan === 'disk full') {
      count('times the disk was full')
      this.#fullUntilMs = clock.monotonic() + 20 + random.below(200)
      return undefined
    }
    if (plan === 'failed from now on') {
      count('disks that broke for good')
      this.#isBroken = true
    } else if (call === 'sync' || call === 'syncFolder') count('failed syncs')
    else count('failed calls')
    return this.#error('EIO', call, path)
  }

  #error(code: string, call: DiskCall, path: string): InjectedError {
    return new InjectedError(code, `${call} '${path}'`)
  }
}
