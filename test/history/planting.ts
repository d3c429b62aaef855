/**
 * A garden of anomalies: for each one, a change to a correct history that plants it and no other. The
 * changes work on the lines, as if a broker had done that wrong.
 */

import type { AnomalyName } from './anomalies.ts'
import type { Line, Mop, ReadRecord, Value } from './history.ts'

/** A record that some poll of a final reader returned, with the list that it is in. */
interface Place {
  readonly line: number
  readonly key: string
  readonly records: ReadRecord[]
}

/** A history to be spoiled: its lines, and what planting needs to know of them. */
export class Plot {
  readonly lines: Line[]
  #newValues = 0
  #newProcs = 0

  constructor(lines: readonly Line[]) {
    this.lines = structuredClone(lines) as Line[]
  }

  newValue(): Value {
    return `planted-${++this.#newValues}`
  }

  newProc(): string {
    return `planted-${++this.#newProcs}`
  }

  /** Adds lines at the end. */
  add(...lines: readonly Omit<Line, 't'>[]): void {
    for (const line of lines) this.lines.push({ t: this.lines.at(-1)!.t + 1, ...line })
  }

  /** Adds an operation of `proc` at the end. */
  operate(proc: string, type: Line['type'], rest: Omit<Line, 't' | 'proc' | 'type'>): void {
    this.add({ proc, type: 'invoke', f: rest.f }, { proc, type, ...rest })
  }

  /** All lists of records of one key that polls of `procs` returned, in the order of time. */
  polled(procs: RegExp): Place[] {
    const places: Place[] = []
    this.lines.forEach(({ proc, mops = [] }, line) => {
      if (!procs.test(proc)) return
      for (const mop of mops) {
        if (mop[0] !== 'poll') continue
        for (const [key, records] of Object.entries(mop[1])) {
          places.push({ line, key, records: records as ReadRecord[] })
        }
      }
    })
    return places
  }

  /** Removes what was read at an offset from all polls. */
  forget(key: string, offset: number): void {
    for (const { key: other, records } of this.polled(/./)) {
      const index = records.findIndex(([at]) => at === offset)
      if (other === key && index >= 0) records.splice(index, 1)
    }
  }

  /** Returns a key, and the offset after the last one of it that was read or sent. */
  end(which = 0): { key: string; offset: number } {
    const keys = [...new Set(this.polled(/^final/).map(({ key }) => key))].sort()
    const key = keys[which]!
    let offset = 0
    for (const { key: other, records } of this.polled(/./)) {
      if (other === key) offset = Math.max(offset, ...records.map(([at]) => at + 1))
    }
    for (const { mops = [] } of this.lines) {
      for (const mop of mops) {
        if (mop[0] === 'send' && mop[1] === key) offset = Math.max(offset, (mop[3] ?? -1) + 1)
      }
    }
    return { key, offset }
  }

  /** Lets a new consumer read `records`. */
  read(key: string, ...records: readonly ReadRecord[]): void {
    const proc = this.newProc()
    this.operate(proc, 'ok', { f: 'poll', mops: [['poll', { [key]: records }]] })
  }

  /** A list of at least `count` records that one of the two final readers got. */
  longList(count: number): Place {
    return this.polled(/^final-1/).find(({ records }) => records.length >= count)!
  }
}

const send = (key: string, value: Value, offset: number): Mop => ['send', key, value, offset]
const poll = (key: string, value: Value, offset: number): Mop => [
  'poll',
  { [key]: [[offset, value]] },
]

/** How each anomaly is planted. */
export const plantings: Readonly<Record<AnomalyName, (plot: Plot) => void>> = {
  'inconsistent-offsets'(plot) {
    const { key, records } = plot.longList(1)
    const value = plot.newValue()
    // Nobody knows how its send ended; one reader sees it in another's place.
    const proc = plot.newProc()
    plot.lines.unshift({ t: 0, proc, type: 'invoke', f: 'send', mops: [['send', key, value]] })
    records[0] = [records[0]![0], value]
  },
  duplicate(plot) {
    const { key, records } = plot.longList(1)
    plot.read(key, [plot.end().offset + 1000, records[0]![1]])
  },
  'lost-write'(plot) {
    const last = new Map(plot.polled(/^final-1/).map(({ key, records }) => [key, records.at(-1)!]))
    for (const { f, type, mops = [] } of plot.lines) {
      const [mop] = mops
      if (f !== 'send' || type !== 'ok' || mop?.[0] !== 'send') continue
      const [, key, , offset] = mop
      if (offset! >= last.get(key)![0]) continue
      return plot.forget(key, offset!)
    }
  },
  'torn-transaction'(plot) {
    const { key, offset } = plot.end()
    const [value, torn] = [plot.newValue(), plot.newValue()]
    const proc = plot.newProc()
    plot.operate(proc, 'info', {
      f: 'txn',
      mops: [send(key, torn, offset), send(key, value, offset + 1)],
    })
    plot.read(key, [offset + 1, value])
  },
  unseen(plot) {
    const { key, offset } = plot.end()
    plot.operate(plot.newProc(), 'ok', { f: 'send', mops: [send(key, plot.newValue(), offset)] })
  },
  phantom(plot) {
    const { key, offset } = plot.end()
    plot.read(key, [offset, plot.newValue()])
  },
  G1a(plot) {
    const { key, offset } = plot.end()
    const value = plot.newValue()
    plot.operate(plot.newProc(), 'fail', { f: 'txn', mops: [send(key, value, offset)] })
    plot.read(key, [offset, value])
  },
  'precommitted-read'(plot) {
    const { key, offset } = plot.end()
    const value = plot.newValue()
    const mops = [send(key, value, offset), poll(key, value, offset)]
    plot.operate(plot.newProc(), 'ok', { f: 'txn', mops })
  },
  'int-poll-skip'(plot) {
    plot.longList(3).records.splice(1, 1)
  },
  'int-nonmonotonic-poll'(plot) {
    const { records } = plot.longList(1)
    records.splice(1, 0, records[0]!)
  },
  'poll-skip'(plot) {
    const { key } = plot.longList(1)
    const lists = plot.polled(/^final-1/).filter((place) => place.key === key)
    lists[1]!.records.shift()
  },
  'nonmonotonic-poll'(plot) {
    const { key } = plot.longList(1)
    const lists = plot.polled(/^final-1/).filter((place) => place.key === key)
    lists[1]!.records.unshift(lists[0]!.records.at(-1)!)
  },
  'int-send-skip'(plot) {
    const { key, offset } = plot.end()
    const [first, between, second] = [plot.newValue(), plot.newValue(), plot.newValue()]
    const mops = [send(key, first, offset), send(key, second, offset + 2)]
    plot.operate(plot.newProc(), 'ok', { f: 'send', mops: [send(key, between, offset + 1)] })
    plot.operate(plot.newProc(), 'ok', { f: 'send', mops })
    plot.read(key, [offset, first], [offset + 1, between], [offset + 2, second])
  },
  'int-nonmonotonic-send'(plot) {
    const { key, offset } = plot.end()
    const [first, second] = [plot.newValue(), plot.newValue()]
    const mops = [send(key, first, offset + 1), send(key, second, offset)]
    plot.operate(plot.newProc(), 'ok', { f: 'send', mops })
    plot.read(key, [offset, second], [offset + 1, first])
  },
  'nonmonotonic-send'(plot) {
    const { key, offset } = plot.end()
    const [first, second] = [plot.newValue(), plot.newValue()]
    const proc = plot.newProc()
    plot.operate(proc, 'ok', { f: 'send', mops: [send(key, first, offset + 1)] })
    plot.operate(proc, 'ok', { f: 'send', mops: [send(key, second, offset)] })
    plot.read(key, [offset, second], [offset + 1, first])
  },
  G0(plot) {
    const [x, y] = [plot.end(0), plot.end(1)]
    const values = [1, 2, 3, 4].map(() => plot.newValue())
    const mops1 = [send(x.key, values[0]!, x.offset), send(y.key, values[1]!, y.offset + 1)]
    const mops2 = [send(x.key, values[2]!, x.offset + 1), send(y.key, values[3]!, y.offset)]
    plot.operate(plot.newProc(), 'ok', { f: 'txn', mops: mops1 })
    plot.operate(plot.newProc(), 'ok', { f: 'txn', mops: mops2 })
    plot.read(x.key, [x.offset, values[0]!], [x.offset + 1, values[2]!])
    plot.read(y.key, [y.offset, values[3]!], [y.offset + 1, values[1]!])
  },
  G1c(plot) {
    const [x, y] = [plot.end(0), plot.end(1)]
    const [ofX, ofY] = [plot.newValue(), plot.newValue()]
    const mops1 = [send(x.key, ofX, x.offset), poll(y.key, ofY, y.offset)]
    const mops2 = [send(y.key, ofY, y.offset), poll(x.key, ofX, x.offset)]
    plot.operate(plot.newProc(), 'ok', { f: 'txn', mops: mops1 })
    plot.operate(plot.newProc(), 'ok', { f: 'txn', mops: mops2 })
  },
  'G1c-ww'(plot) {
    const [x, y] = [plot.end(0), plot.end(1)]
    const [first, second, ofY] = [plot.newValue(), plot.newValue(), plot.newValue()]
    const mops1 = [send(x.key, first, x.offset), poll(y.key, ofY, y.offset)]
    const mops2 = [send(x.key, second, x.offset + 1), send(y.key, ofY, y.offset)]
    plot.operate(plot.newProc(), 'ok', { f: 'txn', mops: mops1 })
    plot.operate(plot.newProc(), 'ok', { f: 'txn', mops: mops2 })
    plot.read(x.key, [x.offset, first], [x.offset + 1, second])
  },
  'ownership-overlap'(plot) {
    const keys = [plot.end().key]
    const group = { f: 'assign', type: 'info', group: 'planted', epoch: 7, keys } as const
    plot.add({ ...group, proc: plot.newProc(), member: 'a' })
    plot.add({ ...group, proc: plot.newProc(), member: 'b' })
  },
  'stale-owner'(plot) {
    const keys = [plot.end().key]
    const group = { f: 'assign', type: 'info', group: 'planted', keys } as const
    plot.add({ ...group, proc: plot.newProc(), member: 'a', epoch: 7 })
    plot.add({ ...group, proc: plot.newProc(), member: 'b', epoch: 8 })
  },
  'zombie-commit'(plot) {
    const { key } = plot.end()
    const group = { group: 'planted', keys: [key] } as const
    const zombie = plot.newProc()
    plot.add({ ...group, f: 'assign', type: 'info', proc: zombie, member: 'a', epoch: 7 })
    plot.add({ ...group, f: 'revoke', type: 'info', proc: zombie, member: 'a' })
    const other = plot.newProc()
    plot.add({ ...group, f: 'assign', type: 'info', proc: other, member: 'b', epoch: 8 })
    plot.operate(zombie, 'ok', commitOf('planted', { [key]: 0 }, { member: 'a', epoch: 7 }))
  },
  'lost-commit'(plot) {
    const { key } = plot.end()
    plot.operate(plot.newProc(), 'ok', commitOf('planted', { [key]: 5 }))
    plot.operate(plot.newProc(), 'ok', { f: 'committed', group: 'planted', offsets: { [key]: 4 } })
  },
  'commit-regression'(plot) {
    const { key } = plot.end()
    plot.operate(plot.newProc(), 'ok', commitOf('planted', { [key]: 5 }))
    plot.operate(plot.newProc(), 'ok', commitOf('planted', { [key]: 4 }))
  },
  'undelivered-commit'(plot) {
    const { key, records } = plot.longList(2)
    const proc = plot.newProc()
    const group = 'planted'
    plot.operate(proc, 'ok', { f: 'poll', group, mops: [['poll', { [key]: [records[0]!] }]] })
    plot.operate(proc, 'ok', commitOf(group, { [key]: records[1]![0] + 1 }))
  },
}

function commitOf(
  group: string,
  offsets: Record<string, number>,
  rest: Partial<Line> = {},
): Omit<Line, 't' | 'proc' | 'type'> {
  return { f: 'commit', group, offsets, ...rest }
}
