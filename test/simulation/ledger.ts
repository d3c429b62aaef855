/**
 * What clients were told, and nothing else: which records they sent and what became of them, which
 * they read, which offsets they committed. The checks compare it with what is there in the end.
 */

/**
 * - `open`: no answer yet
 * - `acked`: stored, at `offset`
 * - `unsure`: the answer is missing, not necessarily the effect
 * - `failed`: told to be without effect
 */
export type SendStatus = 'acked' | 'failed' | 'open' | 'unsure'

export interface SentRecord {
  readonly topic: string
  readonly partition: number
  readonly producer: string
  readonly sequence: number
  readonly key: string | null
  /** `null` for a tombstone, which is known by its header alone. */
  readonly value: string | null
  readonly acks: 'all' | 0 | 1
  readonly isIdempotent: boolean
  status: SendStatus
  offset: number
  /** Whether nothing can take it back any more: it was synced before it was acknowledged or read. */
  isDurable: boolean
  ackedMs: number
  error?: string
}

/**
 * - `open`: no answer, perhaps since the process that waited for it died
 * - `unsure`: the answer to the commit is missing
 */
export type TransactionStatus = 'aborted' | 'committed' | 'open' | 'unsure'

export interface SentTransaction {
  readonly id: string
  readonly records: SentRecord[]
  status: TransactionStatus
}

export interface TopicFacts {
  readonly name: string
  readonly partitions: number
  /** Whether it is written in transactions only. */
  readonly isTransactional: boolean
  readonly isCompacted: boolean
  /** Whether the broker may delete records by itself. */
  readonly hasRetention: boolean
  readonly deleteRetentionMs: number
  state: 'creating' | 'there' | 'deleting' | 'gone'
  /** By partition: what deletion of records was asked for, and what was acknowledged. */
  readonly deleteAsked: number[]
  readonly deleteAcked: number[]
}

/** What one group was told of one partition. */
export interface GroupFacts {
  readonly delivered: Set<number>
  committedAsked: number
  committedAcked: number
}

export class Ledger {
  readonly topics = new Map<string, TopicFacts>()
  /** By id. */
  readonly sent = new Map<string, SentRecord>()
  readonly transactions: SentTransaction[] = []
  /** Ids of what was read where only what is committed is to be seen. */
  readonly readCommitted = new Set<string>()
  /** Ids by `topic/partition@offset`, of what clients can rely on. */
  readonly #places = new Map<string, string>()
  /** By `group topic/partition`. */
  readonly groups = new Map<string, GroupFacts>()
  /** Offsets that producers were told with acks=1: a power cut may give them to others. */
  readonly #volatile = new Map<string, string>()
  /** What the last worker of a stream application remembers, by key. */
  counted: ReadonlyMap<string, number | undefined> = new Map()
  /** The broker has told that records are damaged and set aside: others may have their offsets. */
  hasGivenUp = false

  addTopic(facts: Omit<TopicFacts, 'deleteAcked' | 'deleteAsked' | 'state'>): TopicFacts {
    const none = Array.from({ length: facts.partitions }, () => 0)
    const topic: TopicFacts = {
      ...facts,
      state: 'creating',
      deleteAsked: [...none],
      deleteAcked: [...none],
    }
    this.topics.set(topic.name, topic)
    return topic
  }

  addSent(record: SentRecord): string {
    const id = idOf(record)
    this.sent.set(id, record)
    return id
  }

  begin(id: string): SentTransaction {
    const transaction: SentTransaction = { id, records: [], status: 'open' }
    this.transactions.push(transaction)
    return transaction
  }

  ended(transaction: SentTransaction, status: TransactionStatus, nowMs: number): void {
    transaction.status = status
    for (const record of transaction.records) {
      if (status === 'committed') {
        this.acked(idOf(record), record.offset, { nowMs, isDurable: true })
      } else record.status = status === 'aborted' ? 'failed' : 'unsure'
    }
  }

  acked(id: string, offset: number, options: { nowMs: number; isDurable: boolean }): void {
    const record = this.sent.get(id)!
    record.status = 'acked'
    record.offset = offset
    record.isDurable = options.isDurable
    record.ackedMs = options.nowMs
    if (offset < 0) return
    if (options.isDurable) this.#place(record, offset, id)
    else this.#volatile.set(placeOf(record, offset), id)
  }

  /** A consumer has read a record: from then on everybody may rely on it. */
  read(place: { topic: string; partition: number }, offset: number, id: string): void {
    const record = this.sent.get(id)
    if (!record)
      throw new Violation('I14', `nobody sent '${id}', read at ${placeOf(place, offset)}`)
    this.#place(place, offset, id)
    if (record.status === 'acked' && record.offset === offset) record.isDurable = true
  }

  /** Acknowledgements that did not promise to outlive this are worth nothing any more. */
  powerCut(): void {
    this.#volatile.clear()
    for (const record of this.sent.values()) {
      if (record.status === 'acked' && !record.isDurable) record.status = 'unsure'
    }
  }

  group(group: string, topic: string, partition: number): GroupFacts {
    const key = `${group} ${topic}/${partition}`
    let facts = this.groups.get(key)
    if (!facts) {
      facts = { delivered: new Set(), committedAsked: 0, committedAcked: 0 }
      this.groups.set(key, facts)
    }
    return facts
  }

  /** Returns the ids that are known to be in a partition, by offset. */
  knownIn(topic: string, partition: number): Map<number, string> {
    const prefix = placeOf({ topic, partition }, '')
    const known = new Map<number, string>()
    for (const places of [this.#volatile, this.#places]) {
      for (const [place, id] of places) {
        if (place.startsWith(prefix)) known.set(Number(place.slice(prefix.length)), id)
      }
    }
    return known
  }

  #place(at: { topic: string; partition: number }, offset: number, id: string): void {
    const place = placeOf(at, offset)
    const known = this.#places.get(place)
    if (known !== undefined && known !== id && !this.hasGivenUp) {
      throw new Violation('I2', `${place} was '${known}' and is '${id}' now`)
    }
    this.#places.set(place, id)
  }
}

export function idOf({ producer, sequence }: { producer: string; sequence: number }): string {
  return `${producer}:${sequence}`
}

function placeOf(at: { topic: string; partition: number }, offset: number | ''): string {
  return `${at.topic}/${at.partition}@${offset}`
}

/** Values carry all that is needed to see that they are what was sent, and where. */
export function valueOf(
  record: Pick<SentRecord, 'topic' | 'partition' | 'producer' | 'sequence'>,
  paddingBytes: number,
): string {
  const { topic, partition } = record
  const text = `${idOf(record)} ${topic}/${partition} ${'.'.repeat(paddingBytes)}`
  return `${text} ${checksum(text)}`
}

/** Returns the id in a value. @throws Violation where it is not as sent, or from elsewhere */
export function checkValue(value: string, at: { topic: string; partition: number }): string {
  const end = value.lastIndexOf(' ')
  const text = value.slice(0, end)
  if (checksum(text) !== value.slice(end + 1)) {
    throw new Violation('I14', `the value '${value}' is damaged`)
  }
  const [id = '', place] = text.split(' ')
  if (place !== `${at.topic}/${at.partition}`) {
    throw new Violation('I14', `'${id}' of ${place} was read from ${at.topic}/${at.partition}`)
  }
  return id
}

function checksum(text: string): string {
  let hash = 0x811c9dc5
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 16_777_619)
  return (hash >>> 0).toString(16)
}

/** An invariant does not hold. */
export class Violation extends Error {
  override readonly name = 'Violation'
  readonly invariant: string

  constructor(invariant: string, message: string) {
    super(`${invariant}: ${message}`)
    this.invariant = invariant
  }
}
