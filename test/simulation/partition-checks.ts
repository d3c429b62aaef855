/** What must hold of the records of one partition in the end. */

import { Violation, checkValue, type Ledger, type SentRecord, type TopicFacts } from './ledger.ts'
import type { SimWorld } from './sim-world.ts'

/** What became of the transaction that a record belongs to; what belongs to none is committed. */
export type Fate = 'aborted' | 'committed' | 'open'

export interface FoundRecord {
  readonly offset: number
  fate: Fate
  readonly id: string
  readonly key: string | null
  readonly value: string | null
}

export interface FoundPartition {
  readonly topic: string
  readonly partition: number
  readonly startOffset: number
  readonly highWatermark: number
  readonly records: readonly FoundRecord[]
}

/** @throws Violation */
export function checkPartition(world: SimWorld, topic: TopicFacts, found: FoundPartition): void {
  const { ledger } = world
  checkIdentity(ledger, found)
  if (ledger.hasGivenUp) return
  if (topic.isTransactional) return
  checkLimits(ledger, topic, found)
  if (!topic.isCompacted) checkNoHoles(found)
  checkOncePerProducer(ledger, found)
  checkNothingLost(ledger, topic, found)
  if (topic.isCompacted) checkLatest(world, topic, found)
}

/** I2, I8, I14: each record is one that was sent, where it was said to be, as it was sent. */
function checkIdentity(ledger: Ledger, found: FoundPartition): void {
  const known = ledger.knownIn(found.topic, found.partition)
  for (const { offset, id, value } of found.records) {
    const where = `${found.topic}/${found.partition}@${offset}`
    const sent = ledger.sent.get(id)
    if (!sent) throw new Violation('I14', `nobody sent '${id}', found at ${where}`)
    if (value !== null && checkValue(value, found) !== id) {
      throw new Violation('I14', `${where} is '${id}' and has the value '${value}'`)
    }
    if (value !== sent.value) throw new Violation('I14', `${where} '${id}' has another value`)
    const before = known.get(offset)
    if (before !== undefined && before !== id && !ledger.hasGivenUp) {
      throw new Violation('I2', `${where} was '${before}' and is '${id}'`)
    }
    if (sent.status === 'failed') {
      throw new Violation('I8', `'${id}' failed, and is at ${where}: ${sent.error}`)
    }
  }
}

/** I12: the log begins where somebody asked for, and ends behind all that was seen. */
function checkLimits(ledger: Ledger, topic: TopicFacts, found: FoundPartition): void {
  const { partition, startOffset, highWatermark } = found
  const where = `${topic.name}/${partition}`
  const asked = topic.deleteAsked[partition]!
  if (!topic.hasRetention && startOffset > asked) {
    throw new Violation('I12', `${where} begins at ${startOffset}, asked was ${asked}`)
  }
  const acked = topic.deleteAcked[partition]!
  if (startOffset < acked) {
    throw new Violation('I12', `${where} begins at ${startOffset}, acknowledged was ${acked}`)
  }
  for (const offset of ledger.knownIn(topic.name, partition).keys()) {
    if (offset >= highWatermark) {
      throw new Violation('I12', `${where} ends at ${highWatermark}, and ${offset} was there`)
    }
  }
}

function checkNoHoles({
  topic,
  partition,
  records,
  startOffset,
  highWatermark,
}: FoundPartition): void {
  let nextOffset = startOffset
  for (const { offset } of records) {
    if (offset !== nextOffset) {
      throw new Violation('I16', `${topic}/${partition} has ${offset} where ${nextOffset} is next`)
    }
    nextOffset++
  }
  if (nextOffset !== highWatermark) {
    const message = `${topic}/${partition} can be read up to ${nextOffset} of ${highWatermark}`
    throw new Violation('I15', message)
  }
}

/** I3, I4: an idempotent producer's records are there once, in the order in which it sent them. */
function checkOncePerProducer(ledger: Ledger, { topic, partition, records }: FoundPartition): void {
  const last = new Map<string, number>()
  for (const { id, offset } of records) {
    const { isIdempotent, producer, sequence } = ledger.sent.get(id)!
    if (!isIdempotent) continue
    const before = last.get(producer) ?? -1
    if (sequence <= before) {
      const invariant = sequence === before ? 'I3' : 'I4'
      const message = `${topic}/${partition}@${offset} is '${id}', after ${producer}:${before}`
      throw new Violation(invariant, message)
    }
    last.set(producer, sequence)
  }
}

/** I1: what was acknowledged is there, unless it was deleted. */
function checkNothingLost(ledger: Ledger, topic: TopicFacts, found: FoundPartition): void {
  const { partition, startOffset, records } = found
  const byOffset = new Map(records.map((record) => [record.offset, record]))
  const latest = new Map(records.map((record) => [record.key, record.offset]))
  for (const [id, sent] of ledger.sent) {
    if (sent.topic !== topic.name || sent.partition !== partition) continue
    if (sent.status !== 'acked' || sent.offset < startOffset) continue
    if (byOffset.get(sent.offset)?.id === id) continue
    const isSuperseded = topic.isCompacted && (latest.get(sent.key) ?? -1) > sent.offset
    if (isSuperseded || (topic.isCompacted && sent.value === null)) continue
    if (topic.isCompacted && isDeletedLater(ledger, sent)) continue
    throw new Violation('I1', `'${id}' was acknowledged at ${whereIs(sent)}, and is not there`)
  }
}

function isDeletedLater(ledger: Ledger, { topic, partition, key, offset }: SentRecord): boolean {
  for (const other of ledger.sent.values()) {
    const isSameKey = other.topic === topic && other.partition === partition && other.key === key
    // With acks=0, or without an answer, nobody knows where a record is.
    const isLater = other.offset > offset || (other.offset < 0 && other.status !== 'failed')
    if (isSameKey && other.value === null && isLater) return true
  }
  return false
}

/** I13: of each key the last record is there, and a tombstone for as long as it has to. */
function checkLatest(world: SimWorld, topic: TopicFacts, found: FoundPartition): void {
  const { ledger, clock } = world
  const { partition, startOffset, records } = found
  const latest = new Map(records.map((record) => [record.key, record]))
  for (const [id, sent] of ledger.sent) {
    if (sent.topic !== topic.name || sent.partition !== partition) continue
    if (sent.status !== 'acked' || sent.value !== null || sent.offset < startOffset) continue
    const last = latest.get(sent.key)
    if (last && last.offset < sent.offset) {
      throw new Violation('I13', `'${last.id}' of ${sent.key} is there, and '${id}' deleted it`)
    }
    const isYoung = clock.now() - sent.ackedMs < topic.deleteRetentionMs
    if (isYoung && !last) {
      throw new Violation('I13', `the tombstone '${id}' at ${whereIs(sent)} went too early`)
    }
  }
}

function whereIs({ topic, partition, offset }: SentRecord): string {
  return `${topic}/${partition}@${offset}`
}
