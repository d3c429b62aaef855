/**
 * Reads what a client program printed and says what is wrong with it: every record exactly once for
 * the group, in order per partition, with a second member joining in the middle.
 */

/** One consumed record. The order of these is the order of consumption of the whole group. */
export interface Consumed {
  readonly member: string
  readonly partition: number
  readonly offset: number
  /** The running number that the producer put into the value. */
  readonly seq: number
}

export interface History {
  readonly consumed: readonly Consumed[]
  /** Further things that the program has checked itself, such as `headers` or `zstd`. */
  readonly features: readonly string[]
}

/** Parses the standard output of a client program; throws where a line is not of the contract. */
export function parseHistory(text: string): History {
  const consumed: Consumed[] = []
  const features: string[] = []
  for (const line of text.split('\n')) {
    const [kind, ...words] = line.split(' ')
    if (kind === 'R') consumed.push(parseRecord(line, words))
    else if (kind === 'F') features.push(...words)
    else if (line !== '') throw new Error(`not a line of a history: ${line}`)
  }
  return { consumed, features }
}

function parseRecord(line: string, words: readonly string[]): Consumed {
  const [member, ...numbers] = words
  const [partition, offset, seq] = numbers.map(Number)
  const isWhole = numbers.length === 3 && numbers.every((text) => /^\d+$/.test(text))
  if (!isWhole || !member || partition === undefined || offset === undefined || seq === undefined) {
    throw new Error(`not a line of a history: ${line}`)
  }
  return { member, partition, offset, seq }
}

/** Returns what is wrong with a history, in sentences; nothing where all is well. */
export function findProblems(consumed: readonly Consumed[], recordCount: number): string[] {
  return [
    ...findLostAndRepeated(consumed, recordCount),
    ...findDisorder(consumed),
    ...findIdleMembers(consumed, recordCount),
  ]
}

/** As `findProblems`, for the scenario of transactions: one reader of all that was committed. */
export function findCopyProblems(consumed: readonly Consumed[], recordCount: number): string[] {
  return [...findLostAndRepeated(consumed, recordCount), ...findDisorder(consumed)]
}

function findLostAndRepeated(consumed: readonly Consumed[], recordCount: number): string[] {
  const counts = new Map<number, number>()
  for (const { seq } of consumed) counts.set(seq, (counts.get(seq) ?? 0) + 1)

  const lost = Array.from({ length: recordCount }, (_, seq) => seq).filter(
    (seq) => !counts.has(seq),
  )
  const repeated = [...counts.keys()].filter((seq) => counts.get(seq) !== 1)
  const unknown = [...counts.keys()].filter((seq) => seq >= recordCount)
  return [
    ...describe(lost, 'never arrived'),
    ...describe(repeated, 'arrived more than once'),
    ...describe(unknown, 'were never produced'),
  ]
}

function describe(seqs: readonly number[], what: string): string[] {
  if (seqs.length === 0) return []
  const some = seqs.slice(0, 5).join(', ')
  return [`${seqs.length} records ${what}: ${some}${seqs.length > 5 ? ', …' : ''}`]
}

function findDisorder(consumed: readonly Consumed[]): string[] {
  const last = new Map<number, Consumed>()
  for (const record of consumed) {
    const before = last.get(record.partition)
    if (before && record.offset <= before.offset) {
      return [
        `partition ${record.partition}: ${record.member} got offset ${record.offset} ` +
          `after ${before.member} got ${before.offset}`,
      ]
    }
    last.set(record.partition, record)
  }
  return []
}

/** The second member has to join after a fifth of the records, and from then on both get some. */
function findIdleMembers(consumed: readonly Consumed[], recordCount: number): string[] {
  const [first] = consumed
  const members = new Set(consumed.map(({ member }) => member))
  if (members.size !== 2 || !first) {
    return [`${members.size} members got records instead of 2`]
  }
  const joined = consumed.findIndex(({ member }) => member !== first.member)
  if (joined < recordCount / 5) {
    return [`the second member had its first record after only ${joined} records`]
  }
  const isShared = consumed.slice(joined).some(({ member }) => member === first.member)
  return isShared ? [] : [`${first.member} got no record after the rebalance`]
}
