/** What must hold of transactions in the end. */

import { checkValue, idOf, Violation, type Ledger, type SentTransaction } from './ledger.ts'
import type { FoundPartition, FoundRecord } from './partition-checks.ts'

/** Topics that are not sent to, but made from others. */
const derived: ReadonlySet<string> = new Set(['copy', 'counted'])

/** @throws Violation */
export function checkTransactions(ledger: Ledger, all: readonly FoundPartition[]): void {
  const committed = new Set<string>()
  for (const found of all) {
    if (!ledger.topics.get(found.topic)!.isTransactional) continue
    checkSettled(found)
    if (derived.has(found.topic)) continue
    checkOnceInOrder(ledger, found)
    for (const { id, fate } of found.records) if (fate === 'committed') committed.add(id)
  }
  for (const transaction of ledger.transactions) checkAtomic(transaction, committed)
  // I6
  for (const id of ledger.readCommitted) {
    if (!committed.has(id)) throw new Violation('I6', `'${id}' was read, and is not committed`)
  }
}

function checkSettled({ topic, partition, records }: FoundPartition): void {
  const open = records.find(({ fate }) => fate === 'open')
  if (!open) return
  throw new Violation('I15', `'${open.id}' at ${topic}/${partition}@${open.offset} is still open`)
}

/** I2, I3, I4, I14: what is committed is there once, as it was sent and in the order of that. */
function checkOnceInOrder(ledger: Ledger, { topic, partition, records }: FoundPartition): void {
  const known = ledger.knownIn(topic, partition)
  const last = new Map<string, number>()
  for (const { offset, id, value, fate } of records) {
    const where = `${topic}/${partition}@${offset}`
    const sent = ledger.sent.get(id)
    if (!sent || checkValue(value!, { topic, partition }) !== id) {
      throw new Violation('I14', `'${id}' at ${where} is not what was sent`)
    }
    const before = known.get(offset)
    if (before !== undefined && before !== id) {
      throw new Violation('I2', `${where} was '${before}' and is '${id}'`)
    }
    known.delete(offset)
    if (fate !== 'committed') continue
    const previous = last.get(sent.producer) ?? -1
    if (sent.sequence <= previous) {
      throw new Violation('I4', `${where} is '${id}', after ${sent.producer}:${previous}`)
    }
    last.set(sent.producer, sent.sequence)
  }
  for (const [offset, id] of known) {
    throw new Violation('I1', `'${id}' was at ${topic}/${partition}@${offset}, and is not there`)
  }
}

/** I7: all of a transaction is committed, or nothing; which of both is what was said of it. */
function checkAtomic(
  { id, status, records }: SentTransaction,
  committed: ReadonlySet<string>,
): void {
  const count = records.filter((record) => committed.has(idOf(record))).length
  if (count > 0 && count < records.length) {
    throw new Violation('I7', `${count} of ${records.length} records of ${id} are committed`)
  }
  if (status === 'committed' && count < records.length) {
    throw new Violation('I1', `${id} was committed, and is not there`)
  }
  if (status === 'aborted' && count > 0) throw new Violation('I8', `${id} failed, and is there`)
}

/** I11: each record is in the copy once, and in the order of the original. */
export function checkCopy(original: FoundPartition, copies: readonly FoundPartition[]): void {
  const { topic, partition, records } = original
  const prefix = `${topic}/${partition}@`
  const found = new Map<number, FoundRecord>()
  let last = -1
  for (const copy of copies) {
    for (const record of copy.records) {
      if (record.fate !== 'committed' || !record.key!.startsWith(prefix)) continue
      const offset = Number(record.key!.slice(prefix.length))
      if (offset <= last) {
        const problem = found.has(offset) ? 'twice' : `after ${prefix}${last}`
        throw new Violation('I11', `${record.key} is in the copy ${problem}`)
      }
      last = offset
      found.set(offset, record)
    }
  }
  for (const { offset, id } of records) {
    const copied = found.get(offset)
    if (!copied) throw new Violation('I11', `'${id}' at ${prefix}${offset} is not in the copy`)
    if (copied.id !== id)
      throw new Violation('I11', `${prefix}${offset} was copied as ${copied.id}`)
  }
}
