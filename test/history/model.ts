/**
 * A model of a Kafka that does everything right, and of clients that use it at the same time: it
 * makes histories without anomalies, from a seed. Its clients are generators; each step of one is
 * atomic, and the scheduler picks whose turn it is.
 */

import type { SeededRandom } from '../support/random.ts'
import type { Line, Mop, ReadRecord, Value } from './history.ts'

export interface ModelOptions {
  /** About as many operations are done. */
  readonly operationCount: number
  /** @default 4 */
  readonly keyCount?: number
  /** Whether nothing else happens in the middle of a transaction. @default false */
  readonly hasSerialTransactions?: boolean
}

interface Entry {
  readonly value: Value
  state: 'open' | 'committed' | 'aborted'
}

export type Emit = (line: Line) => void
type Steps = Generator<void, void, undefined>

/** Runs the model to its end, the final reads included. Lines come in the order of time. */
export function runModel(random: SeededRandom, options: ModelOptions, emit: Emit): void {
  new Model(random, options, emit).run()
}

class Model {
  readonly #random: SeededRandom
  readonly #options: ModelOptions
  readonly #emit: Emit
  readonly #keys: readonly string[]
  readonly #logs = new Map<string, Entry[]>()
  /** Offsets of records whose transactions are open, by key. */
  readonly #open = new Map<string, Set<number>>()
  readonly #committed = new Map<string, number>()
  #owners = new Map<string, string>()
  readonly #positions = new Map<string, Map<string, number>>()
  #epoch = 0
  #t = 0
  #values = 0

  constructor(random: SeededRandom, options: ModelOptions, emit: Emit) {
    this.#random = random
    this.#options = options
    this.#emit = emit
    this.#keys = Array.from({ length: options.keyCount ?? 4 }, (_, key) => `topic-${key}`)
    for (const key of this.#keys) {
      this.#logs.set(key, [])
      this.#open.set(key, new Set())
    }
  }

  run(): void {
    const count = Math.ceil(this.#options.operationCount / 12)
    this.#rebalance()
    this.#runTogether([
      this.#producer('producer-1', count * 2),
      this.#producer('producer-2', count * 2),
      this.#transactions('txn-1', count),
      this.#transactions('txn-2', count),
      this.#consumer('consumer-1', count),
      this.#consumer('consumer-2', count),
      this.#member('member-1', count),
      this.#member('member-2', count),
      this.#watchCommits('watcher', Math.ceil(count / 4)),
      this.#rebalances(Math.ceil(count / 20)),
    ])
    this.#runTogether([this.#finalRead('final-1'), this.#finalRead('final-2')])
  }

  #runTogether(clients: Steps[]): void {
    while (clients.length > 0) {
      const index = this.#random.below(clients.length)
      if (clients[index]!.next().done) clients.splice(index, 1)
    }
  }

  #line(proc: string, type: Line['type'], rest: Omit<Line, 't' | 'proc' | 'type'>): void {
    this.#t += 1 + this.#random.below(20)
    this.#emit({ t: this.#t, proc, type, ...rest })
  }

  *#producer(proc: string, count: number): Steps {
    for (let index = 0; index < count; index++) {
      const sends = Array.from({ length: 1 + this.#random.below(3) }, () => this.#newSend())
      this.#line(proc, 'invoke', { f: 'send', mops: sends })
      yield
      const fate = this.#random.below(20)
      const isApplied = fate !== 0 && fate !== 1
      const type = fate === 0 ? 'fail' : fate <= 2 ? 'info' : 'ok'
      const mops = isApplied ? sends.map((send) => this.#append(send, 'committed')) : sends
      yield
      this.#line(proc, type, { f: 'send', mops: type === 'ok' ? mops : sends })
      yield
    }
  }

  *#transactions(proc: string, count: number): Steps {
    let positions = new Map<string, number>()
    for (let index = 0; index < count; index++) {
      const before = new Map(positions)
      const plan = Array.from({ length: 1 + this.#random.below(4) }, () =>
        this.#random.below(2) === 0 ? this.#newSend() : (['poll', {}] as Mop),
      )
      this.#line(proc, 'invoke', { f: 'txn', mops: plan })
      yield
      const mops: Mop[] = []
      for (const mop of plan) {
        mops.push(mop[0] === 'send' ? this.#append(mop, 'open') : this.#poll(positions, this.#keys))
        if (!this.#options.hasSerialTransactions) yield
      }
      const fate = this.#random.below(10)
      const isCommitted = fate > 1
      this.#end(mops, isCommitted ? 'committed' : 'aborted')
      const type = fate === 0 ? 'fail' : fate <= 2 ? 'info' : 'ok'
      this.#line(proc, type, { f: 'txn', mops })
      if (type !== 'ok') positions = before
      yield
    }
  }

  *#consumer(proc: string, count: number): Steps {
    const positions = new Map<string, number>()
    this.#line(proc, 'info', { f: 'assign', keys: this.#keys })
    for (let index = 0; index < count; index++) {
      if (this.#random.below(50) === 0) {
        for (const [key, offset] of positions) positions.set(key, Math.max(0, offset - 50))
        this.#line(proc, 'info', { f: this.#random.pick(['assign', 'subscribe', 'crash']) })
      }
      yield* this.#pollOnce(proc, positions, this.#keys)
    }
  }

  *#pollOnce(proc: string, positions: Map<string, number>, keys: readonly string[]): Steps {
    this.#line(proc, 'invoke', { f: 'poll' })
    yield
    this.#line(proc, 'ok', { f: 'poll', mops: [this.#poll(positions, keys)] })
    yield
  }

  *#member(member: string, count: number): Steps {
    const group = { group: 'group', member }
    for (let index = 0; index < count; index++) {
      this.#line(member, 'invoke', { f: 'poll', ...group })
      yield
      const positions = this.#positions.get(member)!
      const owned = this.#keys.filter((key) => this.#owners.get(key) === member)
      this.#line(member, 'ok', { f: 'poll', ...group, mops: [this.#poll(positions, owned)] })
      if (this.#random.below(3) !== 0) continue
      const offsets = Object.fromEntries([...positions].filter(([key]) => owned.includes(key)))
      const commit = { f: 'commit', ...group, epoch: this.#epoch, offsets } as const
      this.#line(member, 'invoke', commit)
      yield
      const isFenced = commit.epoch !== this.#epoch
      if (!isFenced) {
        for (const [key, offset] of Object.entries(offsets)) this.#committed.set(key, offset)
      }
      yield
      this.#line(member, isFenced ? 'fail' : 'ok', commit)
    }
  }

  *#rebalances(count: number): Steps {
    for (let index = 0; index < count; index++) {
      for (let steps = 0; steps < 100; steps++) yield
      this.#rebalance()
    }
  }

  #rebalance(): void {
    this.#epoch++
    const members = ['member-1', 'member-2']
    for (const member of members) {
      const keys = this.#keys.filter((key) => this.#owners.get(key) === member)
      if (keys.length > 0) this.#line(member, 'info', { f: 'revoke', group: 'group', member, keys })
    }
    this.#owners = new Map(this.#keys.map((key) => [key, this.#random.pick(members)]))
    for (const member of members) {
      const keys = this.#keys.filter((key) => this.#owners.get(key) === member)
      this.#positions.set(member, new Map(keys.map((key) => [key, this.#committed.get(key) ?? 0])))
      const epoch = this.#epoch
      this.#line(member, 'info', { f: 'assign', group: 'group', member, epoch, keys })
    }
  }

  *#watchCommits(proc: string, count: number): Steps {
    for (let index = 0; index < count; index++) {
      this.#line(proc, 'invoke', { f: 'committed', group: 'group' })
      yield
      const offsets = Object.fromEntries(
        this.#keys.map((key) => [key, this.#committed.get(key) ?? -1]),
      )
      yield
      this.#line(proc, 'ok', { f: 'committed', group: 'group', offsets })
      yield
    }
  }

  *#finalRead(proc: string): Steps {
    const positions = new Map<string, number>()
    this.#line(proc, 'info', { f: 'assign', keys: this.#keys })
    const isBehind = (key: string): boolean =>
      (positions.get(key) ?? 0) < this.#logs.get(key)!.length
    while (this.#keys.some(isBehind)) yield* this.#pollOnce(proc, positions, this.#keys)
  }

  #newSend(): Mop {
    return ['send', this.#random.pick(this.#keys), ++this.#values]
  }

  #append(send: Mop, state: Entry['state']): Mop {
    const [, key, value] = send as Extract<Mop, readonly ['send', ...unknown[]]>
    const log = this.#logs.get(key)!
    const offset = log.push({ value, state }) - 1
    if (state === 'open') this.#open.get(key)!.add(offset)
    return ['send', key, value, offset]
  }

  #end(mops: readonly Mop[], state: Entry['state']): void {
    for (const mop of mops) {
      if (mop[0] !== 'send') continue
      this.#logs.get(mop[1])![mop[3]!]!.state = state
      this.#open.get(mop[1])!.delete(mop[3]!)
    }
  }

  /** Reads from where `positions` says, up to the last stable offset. */
  #poll(positions: Map<string, number>, keys: readonly string[]): Mop {
    const found: Record<string, ReadRecord[]> = {}
    for (const key of keys) {
      const log = this.#logs.get(key)!
      const stable = Math.min(log.length, ...this.#open.get(key)!)
      const from = positions.get(key) ?? 0
      const end = Math.min(stable, from + 20)
      const records: ReadRecord[] = []
      for (let offset = from; offset < end; offset++) {
        const { value, state } = log[offset]!
        if (state === 'committed') records.push([offset, value])
      }
      positions.set(key, end)
      if (records.length > 0) found[key] = records
    }
    return ['poll', found]
  }
}
