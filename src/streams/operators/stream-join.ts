/**
 * Joins two streams: records of one key whose timestamps are close enough. Each pair comes once,
 * with the later of the two timestamps, when its second record arrives.
 *
 * Of a record without a partner `left` and `outer` joins say so once none can come any more, and
 * from then on none does: a record is late once no record of the other side, however late that one
 * may be, could still be its partner in time, and what is late is dropped.
 */

import type { Codec } from '../stores/codec.ts'
import { Changes, StreamTime, type OperatorState } from '../stores/operator-state.ts'
import { storeKey, type StoreKey } from '../stores/store-key.ts'
import { TimeQueue, type Timed } from '../stores/time-queue.ts'
import { goOnWithout, isDroppedByTime, nobody } from './operator.ts'
import type { Operator, OperatorContext, Receiver } from './operator.ts'

export type JoinType = 'inner' | 'left' | 'outer'

export interface StreamJoinOptions {
  readonly type: JoinType
  /** How far a record of the right side may be before one of the left. */
  readonly beforeMs: number
  readonly afterMs: number
  readonly graceMs: number
  /** Makes the result of a pair; `undefined` stands for who is not there. */
  readonly select: (left: unknown, right: unknown, key: unknown) => unknown
  /** What must hold for a pair beside its key and time. */
  readonly matches?: (left: unknown, right: unknown) => boolean
  /** How many records one may be compared with. */
  readonly scanMax?: number | undefined
  readonly context: OperatorContext
  readonly codecs: { readonly key: Codec; readonly left: Codec; readonly right: Codec }
}

interface Waiting extends Timed {
  /** Unique among those that wait. */
  readonly number: number
  readonly side: 'left' | 'right'
  readonly key: unknown
  readonly id: StoreKey
  readonly value: unknown
  hasPartner: boolean
  /** Whether it was given up, without a partner. */
  isAlone: boolean
}

export class StreamJoin implements Operator {
  readonly inputs: readonly Receiver[]
  next: Receiver = nobody
  readonly #options: StreamJoinOptions
  readonly #left: Side
  readonly #right: Side
  readonly #time = new StreamTime()
  readonly #changes = new Changes<Waiting>()
  #nextNumber = 0
  readonly state: OperatorState = this.#time.with({
    drain: (write) => {
      this.#changes.drain((waiting, isThere) => {
        const { side, number, timestamp, hasPartner, isAlone } = waiting
        const { codecs } = this.#options
        const key = codecs.key.pack(waiting.key)
        const value = codecs[side].pack(waiting.value)
        const entry = isThere ? { key, value, timestamp, hasPartner, isAlone } : undefined
        write([side, number], entry)
      })
    },
    restore: (key, entry) => this.#restore(key, entry),
  })

  constructor(options: StreamJoinOptions) {
    this.#options = options
    const { type, beforeMs, afterMs, graceMs } = options
    const keptMs = beforeMs + afterMs + graceMs
    const onGone = (waiting: Waiting): void => this.#changes.gone(waiting)
    const onAlone = (waiting: Waiting): void => {
      this.#changes.noted(waiting)
      try {
        this.#emitAlone(waiting.side === 'left', waiting)
      } catch (error) {
        goOnWithout(error, options.context)
      }
    }
    const common = { keptMs, onAlone, onGone }
    this.#left = new Side({
      ...common,
      aloneAfterMs: afterMs + graceMs,
      isKeptAlone: type !== 'inner',
    })
    this.#right = new Side({
      ...common,
      aloneAfterMs: beforeMs + graceMs,
      isKeptAlone: type === 'outer',
    })
    this.inputs = [
      { receive: (key, value, timestamp) => this.#receive('left', key, value, timestamp) },
      { receive: (key, value, timestamp) => this.#receive('right', key, value, timestamp) },
    ]
  }

  advance(timestamp: number): void {
    this.#time.advance(timestamp)
    this.#expire()
  }

  #receive(from: 'left' | 'right', key: unknown, value: unknown, timestamp: number): void {
    const isLeft = from === 'left'
    const { context } = this.#options
    const own = isLeft ? this.#left : this.#right
    const hasValue = value !== null && value !== undefined
    if (hasValue && own.isKeptAlone && (key === null || key === undefined)) {
      return this.#emitAlone(isLeft, { key, value, timestamp })
    }
    if (isDroppedByTime(context, key, value, timestamp)) return
    this.#time.observe(timestamp)
    this.#expire()
    const streamTime = this.#time.now
    if (own.isLate(timestamp, streamTime)) {
      return context.late({ key, value, timestamp, streamTime })
    }
    const arrived: Waiting = {
      side: from,
      number: this.#nextNumber++,
      key,
      id: storeKey(key),
      value,
      timestamp,
      hasPartner: false,
      isAlone: false,
    }
    this.#changes.added(arrived)
    try {
      this.#findPartners(arrived, isLeft)
    } finally {
      // Where a result fails it waits all the same, as its entry says.
      own.add(arrived)
    }
  }

  #findPartners(arrived: Waiting, isLeft: boolean): void {
    const { beforeMs, afterMs, scanMax = Infinity } = this.#options
    const { id, timestamp } = arrived
    const partners = (isLeft ? this.#right : this.#left).waiting(id)
    if (!partners) return
    const to = timestamp + (isLeft ? afterMs : beforeMs)
    const first = partners.firstFrom(timestamp - (isLeft ? beforeMs : afterMs))
    let at = first
    for (let partner = partners.at(at); partner; partner = partners.at(++at)) {
      if (partner.timestamp > to) return
      if (at - first >= scanMax) throw new ScanLimitError(scanMax)
      if (isLeft) this.#pair(arrived, partner)
      else this.#pair(partner, arrived)
    }
  }

  #pair(left: Waiting, right: Waiting): void {
    const { matches, select } = this.#options
    if (left.isAlone || right.isAlone || (matches && !matches(left.value, right.value))) return
    this.#meet(left)
    this.#meet(right)
    const timestamp = Math.max(left.timestamp, right.timestamp)
    this.next.receive(left.key, select(left.value, right.value, left.key), timestamp, undefined)
  }

  #meet(waiting: Waiting): void {
    if (waiting.hasPartner) return
    waiting.hasPartner = true
    this.#changes.noted(waiting)
  }

  #expire(): void {
    this.#left.expire(this.#time.now)
    this.#right.expire(this.#time.now)
  }

  #restore(entryKey: readonly unknown[], entry: unknown): void {
    const [side, number] = entryKey as ['left' | 'right', number]
    const facts = entry as Omit<Waiting, 'side' | 'number' | 'id'>
    const own = side === 'left' ? this.#left : this.#right
    const { codecs } = this.#options
    const key = codecs.key.unpack(facts.key)
    const value = codecs[side].unpack(facts.value)
    own.add({ ...facts, key, value, side, number, id: storeKey(key) }, 'restore')
    this.#nextNumber = Math.max(this.#nextNumber, number + 1)
  }

  #emitAlone(
    isLeft: boolean,
    { key, value, timestamp }: { key: unknown; value: unknown; timestamp: number },
  ): void {
    const { select } = this.#options
    const result = isLeft ? select(value, undefined, key) : select(undefined, value, key)
    this.next.receive(key, result, timestamp, undefined)
  }
}

/** A join that has to compare everything, and has come to its limit. */
class ScanLimitError extends Error {
  override readonly name = 'ScanLimitError'

  constructor(limit: number) {
    super(
      `a record has more than ${limit} others close enough in time (maxScan): join by an ` +
        'equality, or in a shorter window, or raise the limit',
    )
  }
}

interface SideOptions {
  /** How long after its timestamp a record may still find a partner. */
  readonly aloneAfterMs: number
  /** How long after their timestamps records are kept for partners that come late. */
  readonly keptMs: number
  /** Whether the join tells of records without a partner. */
  readonly isKeptAlone: boolean
  readonly onAlone: (waiting: Waiting) => void
  readonly onGone: (waiting: Waiting) => void
}

/** What has come from one side and may still find a partner. */
class Side {
  readonly isKeptAlone: boolean
  readonly #options: SideOptions
  readonly #byKey = new Map<StoreKey, TimeQueue<Waiting>>()
  readonly #kept = new TimeQueue<Waiting>()
  /** Those that have no partner yet, where that matters. */
  readonly #alone = new TimeQueue<Waiting>()

  constructor(options: SideOptions) {
    this.#options = options
    this.isKeptAlone = options.isKeptAlone
  }

  isLate(timestamp: number, streamTime: number): boolean {
    return timestamp + this.#options.aloneAfterMs < streamTime
  }

  waiting(id: StoreKey): TimeQueue<Waiting> | undefined {
    return this.#byKey.get(id)
  }

  add(arrived: Waiting, how: 'push' | 'restore' = 'push'): void {
    let queue = this.#byKey.get(arrived.id)
    if (!queue) {
      queue = new TimeQueue()
      this.#byKey.set(arrived.id, queue)
    }
    queue[how](arrived)
    this.#kept[how](arrived)
    if (this.isKeptAlone && !arrived.hasPartner && !arrived.isAlone) this.#alone[how](arrived)
  }

  /** Gives up those whose time is over: says which of them had no partner, and which go. */
  expire(streamTime: number): void {
    const { keptMs, onAlone, onGone } = this.#options
    while (this.#alone.first && this.isLate(this.#alone.first.timestamp, streamTime)) {
      const waiting = this.#alone.shift()!
      if (waiting.hasPartner) continue
      waiting.isAlone = true
      onAlone(waiting)
    }
    while (this.#kept.first && this.#kept.first.timestamp + keptMs < streamTime) {
      const waiting = this.#kept.shift()!
      const queue = this.#byKey.get(waiting.id)!
      queue.shift()
      if (queue.size === 0) this.#byKey.delete(waiting.id)
      onGone(waiting)
    }
  }
}
