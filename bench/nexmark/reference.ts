/**
 * What the queries come to, computed from all events at once and without streams: tables of the
 * results by their keys, as text.
 */

import type { Auction, Bid, NexmarkEvent, Person } from './events.ts'
import { windowMs, windowOf } from './queries.ts'

/** Values by the text of their keys. */
export type Results = Map<string, unknown>

interface World {
  readonly persons: readonly Person[]
  readonly auctions: readonly Auction[]
  readonly bids: readonly Bid[]
  /** Up to when windows are closed. */
  readonly endMs: number
}

export const references: Readonly<Record<string, (world: World) => Results>> = {
  q0: ({ bids }) => listed(bids),
  q1: ({ bids }) => listed(bids.map((bid) => ({ ...bid, price: bid.price * 0.908 }))),
  q2: ({ bids }) =>
    listed(
      bids
        .filter(({ auction }) => auction % 123 === 0)
        .map(({ auction, price }) => ({ auction, price })),
    ),
  q3: ({ persons, auctions }) => {
    const results: Results = new Map()
    const byId = new Map(persons.map((person) => [person.id, person]))
    for (const { id, category, seller } of auctions) {
      const person = byId.get(seller)
      if (category !== 10 || !person || !['OR', 'ID', 'CA'].includes(person.state)) continue
      const { name, city, state } = person
      results.set(String(id), { name, city, state, id })
    }
    return results
  },
  q4: (world) => {
    const prices = groups(winners(world), ({ auction }) => String(auction.category))
    return mapped(prices, (won) => mean(won.map(({ bid }) => bid.price)))
  },
  q5: ({ bids, endMs }) => {
    const results: Results = new Map()
    const first = Math.min(...bids.map(({ dateTime }) => dateTime))
    const start = first - (first % 2_000) - windowMs + 2_000
    for (let from = start; from + windowMs <= endMs; from += 2_000) {
      const inside = bids.filter((bid) => bid.dateTime >= from && bid.dateTime < from + windowMs)
      const counts = mapped(
        groups(inside, ({ auction }) => String(auction)),
        (all) => all.length,
      )
      const most = Math.max(...counts.values())
      const items = [...counts].filter(([, count]) => count === most).map(([id]) => Number(id))
      if (inside.length > 0) results.set(String(from), { most, items })
    }
    return results
  },
  q6: (world) => {
    const bySeller = groups(winners(world), ({ auction }) => String(auction.seller))
    return mapped(bySeller, (won) => {
      const byEnd = won.toSorted(
        (a, b) => a.auction.expires - b.auction.expires || a.auction.id - b.auction.id,
      )
      return mean(byEnd.slice(-10).map(({ bid }) => bid.price))
    })
  },
  q7: ({ bids, endMs }) => {
    const closed = bids.filter((bid) => windowOf(bid) + windowMs <= endMs)
    return mapped(
      groups(closed, (bid) => String(windowOf(bid))),
      (inside) => {
        const most = Math.max(...inside.map(({ price }) => price))
        return { most, items: inside.filter(({ price }) => price === most) }
      },
    )
  },
  q8: ({ persons, auctions }) => {
    const results: Results = new Map()
    const windows = new Map(persons.map((person) => [person.id, person]))
    for (const auction of auctions) {
      const person = windows.get(auction.seller)
      if (!person || windowOf(person) !== windowOf(auction)) continue
      const { id, name } = person
      results.set(String(id), { id, name, start: windowOf(person) })
    }
    return results
  },
  q9: (world) => new Map(winners(world).map((won) => [String(won.auction.id), won])),
  q11: ({ bids, endMs }) => {
    const results: Results = new Map()
    for (const [bidder, made] of groups(bids, (bid) => String(bid.bidder))) {
      let start = made[0]!.dateTime
      let end = start
      let count = 0
      const note = (): void => {
        if (end + windowMs > endMs) return
        results.set(JSON.stringify({ key: Number(bidder), start, end }), count)
      }
      for (const { dateTime } of made) {
        if (dateTime - end > windowMs) {
          note()
          ;[start, count] = [dateTime, 0]
        }
        end = dateTime
        count++
      }
      note()
    }
    return results
  },
}

export function worldOf(events: readonly NexmarkEvent[], endMs: number): World {
  const persons: Person[] = []
  const auctions: Auction[] = []
  const bids: Bid[] = []
  for (const { topic, value } of events) {
    if (topic === 'persons') persons.push(value)
    else if (topic === 'auctions') auctions.push(value)
    else bids.push(value)
  }
  return { persons, auctions, bids, endMs }
}

function winners({ auctions, bids }: World): { auction: Auction; bid: Bid }[] {
  const byAuction = groups(bids, ({ auction }) => String(auction))
  return auctions.flatMap((auction) => {
    const inTime = (byAuction.get(String(auction.id)) ?? []).filter(
      ({ dateTime }) => dateTime >= auction.dateTime && dateTime <= auction.expires,
    )
    const [first] = inTime.toSorted((a, b) => b.price - a.price || a.dateTime - b.dateTime)
    return first ? [{ bid: first, auction }] : []
  })
}

/** Results that have no key of their own: each by its place. */
function listed(values: readonly unknown[]): Results {
  return new Map(values.map((value, index) => [String(index), value]))
}

function groups<Item>(items: readonly Item[], keyOf: (item: Item) => string): Map<string, Item[]> {
  const found = new Map<string, Item[]>()
  for (const item of items) {
    const key = keyOf(item)
    const group = found.get(key)
    if (group) group.push(item)
    else found.set(key, [item])
  }
  return found
}

function mapped<From, To>(from: ReadonlyMap<string, From>, map: (value: From) => To) {
  return new Map([...from].map(([key, value]) => [key, map(value)]))
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
