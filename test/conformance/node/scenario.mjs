/**
 * What the Node programs have in common: settings, numbered records, the history they print, the
 * order of events and the deadline. How a client does it is in the file named after the client.
 * The contract with the runner is in ../README.md.
 */

import { setTimeout as sleep } from 'node:timers/promises'

export const bootstrap = setting('BOOTSTRAP')
export const topic = setting('TOPIC')
export const group = setting('GROUP')
export const groupProtocol = setting('GROUP_PROTOCOL', 'classic')
const recordCount = Number(setting('RECORDS', '100000'))

/** Member B joins after this many consumed records. */
const joinAt = recordCount * 0.2
/** The records after this one are produced once both members are at work, so each gets some. */
const firstPart = recordCount * 0.8
const chunkSize = 1_000
const deadlineMs = 120_000

function setting(name, fallback) {
  const value = process.env[name] ?? fallback
  if (value === undefined) throw new Error(`the environment variable ${name} is missing`)
  return value
}

/**
 * Yields the records of [from, to) in chunks; each chunk is to be produced with its codec. Every
 * thousandth record has a header with its number.
 */
export function* chunks(from, to, codecs) {
  for (let start = from; start < to; start += chunkSize) {
    const records = []
    for (let seq = start; seq < Math.min(start + chunkSize, to); seq++) {
      const record = { key: `key-${seq % 997}`, value: String(seq).padEnd(100) }
      if (seq % 1000 === 0) record.headers = { seq: String(seq) }
      records.push(record)
    }
    yield { codec: codecs[(start / chunkSize) % codecs.length], records }
  }
}

/** Has a null value. It is produced first, consumed like the others, and has no number. */
export const tombstone = { key: 'tombstone', value: null }

const consumedBy = { A: 0, B: 0 }
const consumedCount = () => consumedBy.A + consumedBy.B
const features = new Set()
let unwritten = ''

/**
 * Notes a consumed record. To be called in the order of consumption, before the record's offset is
 * committed. `header` is the value of the record's header `seq`, if it has one.
 */
export function consumed(member, { partition, offset, value, header }) {
  if (value === null || value === undefined) return void features.add('tombstone')
  const seq = Number(value)
  if (header !== undefined) {
    if (Number(header) !== seq) fail(`record ${seq} has the header of record ${header}`)
    features.add('headers')
  }
  consumedBy[member]++
  unwritten += `R ${member} ${partition} ${offset} ${seq}\n`
  if (unwritten.length > 65_536 || consumedCount() >= recordCount) flush()
}

function flush() {
  process.stdout.write(unwritten)
  unwritten = ''
}

let untilPause = 125

/**
 * To be awaited after each record, or with the count of a batch. From the moment member B is asked
 * to join until it has its first record, this makes member A slow: the rebalance then happens in
 * the middle of the work, with fetched records waiting in A.
 */
export async function pace(member, count = 1) {
  if (member !== 'A' || consumedBy.B > 0 || consumedBy.A < joinAt) return
  untilPause -= count
  if (untilPause > 0) return
  untilPause = 125
  await sleep(50)
}

let waitingFor = 'the topic'

async function until(condition, what) {
  waitingFor = what
  while (!condition()) await sleep(10)
}

/**
 * Plays the scenario. `produce(from, to)` resolves when the records are acknowledged; `join(member)`
 * starts a member that consumes until the function it returns is called.
 */
export async function play(client) {
  const timer = setTimeout(fail, deadlineMs, `not done after ${deadlineMs} ms`)
  await playSteps(client).catch(fail)
  clearTimeout(timer)
}

async function playSteps({ createTopic, produce, join, close, codecs }) {
  await createTopic()
  waitingFor = 'the first part to be produced'
  await produce(0, firstPart)

  waitingFor = 'member A to join'
  const leaveA = await join('A')
  await until(() => consumedCount() >= joinAt, `${joinAt} consumed records`)
  waitingFor = 'member B to join'
  const leaveB = await join('B')
  await until(() => consumedBy.B > 0 || consumedCount() >= firstPart, 'a record at member B')

  waitingFor = 'the second part to be produced'
  await produce(firstPart, recordCount)
  await until(() => consumedCount() >= recordCount, `${recordCount} consumed records`)

  waitingFor = 'the members to leave'
  await Promise.all([leaveA(), leaveB()])
  await close?.()
  flush()
  for (const codec of codecs) if (codec !== 'none') features.add(codec)
  process.stdout.write(`F ${[...features].join(' ')}\n`)
}

/** Ends the program as failed. */
export function fail(why) {
  flush()
  const counts = `A consumed ${consumedBy.A} records and B ${consumedBy.B}`
  process.stderr.write(`while waiting for ${waitingFor} (${counts}): ${why?.stack ?? why}\n`)
  process.exit(1)
}

process.on('unhandledRejection', fail)
