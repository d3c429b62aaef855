/**
 * An aggregate of each key and session: records that follow each other at most a gap apart. A
 * record between two sessions makes them one.
 *
 * A session that grows has another key then, as that holds its start and end; with `update` the
 * former one is taken back first.
 */

import { Changes, type OperatorState } from '../stores/operator-state.ts'
import { storeKey, type StoreKey } from '../stores/store-key.ts'
import { TimeQueue, type Timed } from '../stores/time-queue.ts'
import type { WindowView } from './operator.ts'
import type { SessionWindow, WindowedKey } from '../window.ts'
import { WindowedAggregate } from './windowed-aggregate.ts'

interface Session {
  readonly key: WindowedKey
  readonly id: StoreKey
  /** Its end, by which sessions are closed. */
  readonly timestamp: number
  readonly value: unknown
}

/** Where a session ended once: it is looked at then, and not whenever it grows. */
interface Deadline extends Timed {
  readonly id: StoreKey
}

export class SessionAggregate extends WindowedAggregate<SessionWindow> {
  /** Those that are open, of each key in the order of time. */
  readonly #sessions = new Map<StoreKey, Session[]>()
  /** For each session one that is not after its end. */
  readonly #deadlines = new TimeQueue<Deadline>()
  readonly #changes = new Changes<Session>()
  readonly state: OperatorState = this.time.with({
    drain: (write) => {
      this.#changes.drain(({ key: { key, start, end }, value }, isThere) => {
        const entryKey = ['session', this.codecs.key.pack(key), start, end]
        write(entryKey, isThere ? [this.codecs.value.pack(value)] : undefined)
      })
    },
    restore: (key, entry) => this.#restore(key, entry),
  })

  readonly windows: WindowView = {
    forEach: (visit) => {
      for (const sessions of this.#sessions.values()) sessions.forEach(visit)
    },
    forEachOf: (key, visit) => this.#sessions.get(storeKey(key))?.forEach(visit),
  }

  protected add(key: unknown, value: unknown, timestamp: number): void {
    const { gapMs } = this.window
    const id = storeKey(key)
    const sessions = this.#sessions.get(id) ?? []
    const isNear = (session: Session): boolean =>
      session.key.end >= timestamp - gapMs && session.key.start <= timestamp + gapMs
    const first = sessions.findIndex(isNear)
    const near = first < 0 ? [] : sessions.filter(isNear)
    const start = Math.min(timestamp, near[0]?.key.start ?? timestamp)
    const end = Math.max(timestamp, near.at(-1)?.key.end ?? timestamp)
    if (this.#isOver(end)) {
      return this.dropLate({ key, value, timestamp, window: { start, end } })
    }
    const folded = this.#fold(near, key, value)
    if (folded === undefined || folded === null) return this.#remove(sessions, near)
    const grown = { key: { key, start, end }, id, timestamp: end, value: folded }
    this.#replace(sessions, near, grown)
    this.#emit(near, grown)
  }

  #fold(near: readonly Session[], key: unknown, value: unknown): unknown {
    const [earliest, ...rest] = near
    if (!earliest) return this.aggregation.first(value, key)
    let aggregate = this.given(earliest.value)
    for (const session of rest) aggregate = this.aggregation.merge!(aggregate, session.value, key)
    return this.aggregation.add(aggregate, value, key)
  }

  #replace(sessions: Session[], near: readonly Session[], grown: Session): void {
    const { id, key, timestamp } = grown
    for (const session of near) this.#changes.gone(session)
    this.#changes.added(grown)
    if (near.length === 0) this.#deadlines.push({ id, timestamp })
    const at = near[0]
      ? sessions.indexOf(near[0])
      : sessions.findIndex((s) => s.key.start > key.end)
    sessions.splice(at < 0 ? sessions.length : at, near.length, grown)
    this.#sessions.set(id, sessions)
  }

  /** Where nothing is to be left of sessions, and of what has come for them. */
  #remove(sessions: readonly Session[], near: readonly Session[]): void {
    for (const session of near) {
      const { key, id, timestamp, value } = session
      this.#changes.gone(session)
      if (this.emission === 'update') this.next.receive(key, undefined, timestamp, value)
      if (sessions.length === near.length) this.#sessions.delete(id)
      else
        this.#sessions.set(
          id,
          sessions.filter((one) => !near.includes(one)),
        )
    }
  }

  #restore(entryKey: readonly unknown[], entry: unknown): void {
    const [, packedKey, start, end] = entryKey as [string, unknown, number, number]
    const [packed] = entry as [unknown]
    const key = this.codecs.key.unpack(packedKey)
    const value = this.codecs.value.unpack(packed)
    const id = storeKey(key)
    const session = { key: { key, start, end }, id, timestamp: end, value }
    const sessions = this.#sessions.get(id) ?? []
    sessions.push(session)
    sessions.sort((a, b) => a.key.start - b.key.start)
    this.#sessions.set(id, sessions)
    this.#deadlines.restore({ id, timestamp: end })
  }

  #emit(near: readonly Session[], { key, timestamp, value }: Session): void {
    if (this.emission === 'close') return
    let previous: unknown
    for (const session of near) {
      const isSame = session.key.start === key.start && session.key.end === key.end
      if (isSame) previous = session.value
      else this.next.receive(session.key, undefined, session.timestamp, session.value)
    }
    this.next.receive(key, value, timestamp, previous)
  }

  /** Takes leave of the sessions that no record can reach any more. */
  protected close(): void {
    while (this.#deadlines.first && this.#isOver(this.#deadlines.first.timestamp)) {
      const { id, timestamp } = this.#deadlines.shift()!
      const session = this.#sessions.get(id)?.find((one) => isWithin(one, timestamp))
      // It may be gone already, having been two that became one.
      if (!session) continue
      if (session.timestamp > timestamp) {
        this.#deadlines.push({ id, timestamp: session.timestamp })
        continue
      }
      this.#forget(session)
      if (this.emission === 'update') continue
      this.handOver(session.key, session.value, session.timestamp)
    }
  }

  /** Whether a session that ends there is closed: what has been given as final is not again. */
  #isOver(end: number): boolean {
    const overMs = end + this.window.gapMs + this.window.graceMs
    return this.emission === 'close' ? overMs <= this.time.now : overMs < this.time.now
  }

  #forget(session: Session): void {
    this.#changes.gone(session)
    const sessions = this.#sessions.get(session.id)!
    if (sessions.length === 1) this.#sessions.delete(session.id)
    else sessions.splice(sessions.indexOf(session), 1)
  }
}

function isWithin({ key: { start, end } }: Session, timestamp: number): boolean {
  return start <= timestamp && timestamp <= end
}
