/** The queries of Nexmark, written with streams: each writes its results to a topic. */

import type { KafkaStream } from '../../src/streams/dsl/kafka-stream.ts'
import type { StreamSources } from '../../src/streams/dsl/stream-source.ts'
import type { Table } from '../../src/streams/dsl/table.ts'
import { Window } from '../../src/streams/window.ts'
import type { Auction, Bid, Person } from './events.ts'

/** Builds a query; its results go to `output`. */
export type Query = (sources: StreamSources, output: string) => unknown

export interface Winner {
  readonly auction: Auction
  readonly bid: Bid
}

/** The best of something, and all who have it. */
export interface Best<Item> {
  readonly most: number
  readonly items: readonly Item[]
}

const inStates: ReadonlySet<string> = new Set(['OR', 'ID', 'CA'])
export const windowMs = 10_000
/** Where records went through another topic, some are ahead of others. */
const grace = '2m'

function bidsOf(sources: StreamSources): KafkaStream<Bid> {
  return sources.stream<Bid>('bids')
}

/** For each auction the best bid that came in time; the first of several. */
function winnersOf(sources: StreamSources): Table<Winner> {
  return bidsOf(sources)
    .join(sources.table<Auction>('auctions'))
    .filter((bid, { dateTime, expires }) => bid.dateTime >= dateTime && bid.dateTime <= expires)
    .map((bid, auction) => ({ bid, auction }))
    .groupByKey()
    .reduce((best, next) => (next.bid.price > best.bid.price ? next : best))
}

export const queries: Readonly<Record<string, Query>> = {
  /** Pass through: what moving records costs. */
  q0: (sources, output) => bidsOf(sources).to(output),

  /** Currency conversion. */
  q1: (sources, output) =>
    bidsOf(sources)
      .map((bid) => ({ ...bid, price: bid.price * 0.908 }))
      .to(output),

  /** Bids on some auctions. */
  q2: (sources, output) =>
    bidsOf(sources)
      .filter(({ auction }) => auction % 123 === 0)
      .map(({ auction, price }) => ({ auction, price }))
      .to(output),

  /** Who sells in some states, in one category. */
  q3: (sources, output) => {
    const persons = sources.table<Person>('persons').filter(({ state }) => inStates.has(state))
    return sources
      .table<Auction>('auctions')
      .filter(({ category }) => category === 10)
      .join(persons, {
        on: ({ seller }) => String(seller),
        select: ({ id }, { name, city, state }) => ({ name, city, state, id }),
      })
      .to(output)
  },

  /** The average of the winning prices of each category. */
  q4: (sources, output) =>
    winnersOf(sources)
      .groupBy(({ auction }) => auction.category)
      .aggregate({
        initial: { sum: 0, count: 0 },
        add: ({ sum, count }, { bid }) => ({ sum: sum + bid.price, count: count + 1 }),
        subtract: ({ sum, count }, { bid }) => ({ sum: sum - bid.price, count: count - 1 }),
      })
      .map(({ sum, count }) => sum / count)
      .to(output),

  /** The auctions with the most bids in the last ten seconds, every two seconds. */
  q5: (sources, output) => {
    const counts = bidsOf(sources).groupByKey().window(Window.hopping(windowMs, 2_000)).count()
    return sources
      .results(counts.final())
      .map(({ value, start }, key) => ({ start, most: value, items: [Number(key)] }))
      .groupBy(({ start }) => start)
      .reduce(better)
      .map(({ most, items }) => ({ most, items }))
      .to(output)
  },

  /** Of each seller the average of the winning prices of the ten auctions that end last. */
  q6: (sources, output) =>
    winnersOf(sources)
      .groupBy(({ auction }) => auction.seller)
      .aggregate({
        initial: [] as readonly Sale[],
        add: (sales, { auction: { id, expires }, bid: { price } }) =>
          [...sales, { id, expires, price }].sort(byEnd).slice(-10),
        subtract: (sales, { auction }) => sales.filter(({ id }) => id !== auction.id),
      })
      .map((sales) => sales.reduce((sum, { price }) => sum + price, 0) / sales.length)
      .to(output),

  /** The highest bids of every ten seconds. */
  q7: (sources, output) => {
    const highest = bidsOf(sources)
      .map((bid) => ({ most: bid.price, items: [bid] }))
      .groupByKey()
      .window(Window.tumbling(windowMs))
      .reduce(better)
    return sources
      .results(highest.final())
      .map(({ value, start }) => ({ start, ...value }))
      .groupBy(({ start }) => start)
      .reduce(better)
      .map(({ most, items }) => ({ most, items }))
      .to(output)
  },

  /** Who has come and sold something within the same ten seconds. */
  q8: (sources, output) =>
    sources
      .stream<Person>('persons')
      .join(sources.stream<Auction>('auctions'), {
        on: { left: ({ id }) => id, right: ({ seller }) => seller },
        window: windowMs,
        grace,
      })
      .filter((person, auction) => windowOf(person) === windowOf(auction))
      .map(({ id, name, ...person }) => ({ id, name, start: windowOf(person) }))
      .to(output),

  /** The winning bid of each auction. */
  q9: (sources, output) => winnersOf(sources).to(output),

  /** How many bids each user has made without a pause of ten seconds. */
  q11: (sources, output) =>
    bidsOf(sources)
      .groupBy(({ bidder }) => bidder)
      .window(Window.session(windowMs, { grace }))
      .count()
      .final()
      .to(output),
}

interface Sale {
  readonly id: number
  readonly expires: number
  readonly price: number
}

function byEnd(a: Sale, b: Sale): number {
  return a.expires - b.expires || a.id - b.id
}

/** Returns the one that has more; both, where they have as much. */
function better<Item, Some extends Best<Item>>(one: Some, other: Some): Some {
  if (one.most !== other.most) return one.most > other.most ? one : other
  return { ...one, items: [...one.items, ...other.items] }
}

/** Returns when the window begins that an event is in. */
export function windowOf({ dateTime }: { readonly dateTime: number }): number {
  return dateTime - (dateTime % windowMs)
}
