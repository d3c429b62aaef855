/**
 * Events of an auction house, as the Nexmark benchmark has them: of 50 the first is a person, three
 * are auctions, and 46 are bids. Each is made from its number alone, so that all runs have the same.
 */

export interface Person {
  readonly id: number
  readonly name: string
  readonly emailAddress: string
  readonly creditCard: string
  readonly city: string
  readonly state: string
  readonly dateTime: number
}

export interface Auction {
  readonly id: number
  readonly itemName: string
  readonly description: string
  readonly initialBid: number
  readonly reserve: number
  readonly dateTime: number
  readonly expires: number
  readonly seller: number
  readonly category: number
}

export interface Bid {
  readonly auction: number
  readonly bidder: number
  readonly price: number
  readonly channel: string
  readonly dateTime: number
}

export type NexmarkEvent =
  | { readonly topic: 'persons'; readonly value: Person }
  | { readonly topic: 'auctions'; readonly value: Auction }
  | { readonly topic: 'bids'; readonly value: Bid }

/** One event a millisecond, from here on. */
export const startMs = Date.UTC(2026, 0, 1)

const roundSize = 50
const auctionsPerRound = 3
const firstId = 1_000
const categories = [10, 11, 12, 13, 14]
const states = ['AZ', 'CA', 'ID', 'OR', 'WA', 'WY']
const cities = ['Phoenix', 'Palo Alto', 'Boise', 'Portland', 'Bend', 'Redmond', 'Seattle', 'Kent']
const firstNames = ['Peter', 'Paul', 'Luke', 'John', 'Saul', 'Vicky', 'Kate', 'Julie', 'Sarah']
const lastNames = ['Shultz', 'Abrams', 'Spencer', 'White', 'Bartels', 'Walton', 'Smith', 'Jones']
const channels = ['Google', 'Facebook', 'Baidu', 'Apple']
const words = 'a fine old lamp of brass and glass that was long in the attic and still works'.split(
  ' ',
)
/** Bids go to the newest auctions, and are made by the newest people. */
const openAuctions = 100
const activePeople = 200

/** Returns the event of a number, from 0. */
export function nexmarkEvent(number: number): NexmarkEvent {
  const round = Math.floor(number / roundSize)
  const place = number % roundSize
  const random = randomOf(number)
  const dateTime = startMs + number
  if (place === 0) return { topic: 'persons', value: person(round, dateTime, random) }
  if (place <= auctionsPerRound) {
    const id = firstId + round * auctionsPerRound + place - 1
    return { topic: 'auctions', value: auction(id, round, dateTime, random) }
  }
  return { topic: 'bids', value: bid(round, dateTime, random) }
}

/** Returns the first `count` events. */
export function nexmarkEvents(count: number): NexmarkEvent[] {
  return Array.from({ length: count }, (_, number) => nexmarkEvent(number))
}

/** Returns what the record of an event has as its key: what it is about. */
export function keyOf({ topic, value }: NexmarkEvent): string {
  return String(topic === 'bids' ? value.auction : value.id)
}

/** Returns a whole number below `bound`. */
type RandomBelow = (bound: number) => number

function person(round: number, dateTime: number, below: RandomBelow): Person {
  const first = pick(firstNames, below)
  const last = pick(lastNames, below)
  return {
    id: firstId + round,
    name: `${first} ${last}`,
    emailAddress: `${first}.${last}.${below(1_000)}@example.com`.toLowerCase(),
    creditCard: Array.from({ length: 4 }, () => String(1_000 + below(9_000))).join(' '),
    city: pick(cities, below),
    state: pick(states, below),
    dateTime,
  }
}

function auction(id: number, round: number, dateTime: number, below: RandomBelow): Auction {
  const initialBid = price(below)
  return {
    id,
    itemName: `${pick(words, below)} ${pick(words, below)}`,
    description: Array.from({ length: 20 }, () => pick(words, below)).join(' '),
    initialBid,
    reserve: initialBid + price(below),
    dateTime,
    expires: dateTime + 500 + below(5_000),
    seller: recentPerson(round, below),
    category: pick(categories, below),
  }
}

function bid(round: number, dateTime: number, below: RandomBelow): Bid {
  const newest = (round + 1) * auctionsPerRound - 1
  const back = below(Math.min(openAuctions, newest + 1))
  // Half of the bids go to one auction at a time.
  const isHot = below(2) === 0
  return {
    auction: firstId + (isHot ? newest - (newest % openAuctions) : newest - back),
    bidder: recentPerson(round, below),
    price: price(below),
    channel: pick(channels, below),
    dateTime,
  }
}

function recentPerson(round: number, below: RandomBelow): number {
  const isHot = below(4) === 0
  return firstId + (isHot ? round - (round % 20) : round - below(Math.min(activePeople, round + 1)))
}

/** Cents; small prices are as likely as large ones. */
function price(below: RandomBelow): number {
  return Math.round(10 ** (below(6_000) / 1_000) * 100)
}

function pick<Item>(items: readonly Item[], below: RandomBelow): Item {
  return items[below(items.length)]!
}

/** Mulberry32, begun with `seed`. */
function randomOf(seed: number): RandomBelow {
  let state = Math.imul(seed + 1, 0x9e3779b1)
  return (bound) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) % bound
  }
}
