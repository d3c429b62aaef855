/**
 * What copying exactly once means: each input that was committed has one copy that was committed, in
 * the same partition, in the order of the inputs.
 */

/** A record that the judging reader read, in the order of reading. */
export interface ReadRecord {
  readonly partition: number
  readonly offset: number
  /** Of a copy: the value of the input, `#`, and which attempt copied it. */
  readonly value: string
}

const shownMax = 5

/** Returns what is wrong, in sentences; nothing where all is well. */
export function findCopyFaults(
  inputs: readonly ReadRecord[],
  copies: readonly ReadRecord[],
): string[] {
  const inputOf = new Map(inputs.map((input) => [input.value, input]))
  const copiesOf = new Map<string, ReadRecord[]>()
  const faults: string[] = []
  const lastCopied = new Map<number, ReadRecord>()
  for (const copy of copies) {
    const source = copy.value.split('#')[0]!
    const input = inputOf.get(source)
    if (!input) {
      faults.push(`${copy.value} copies what was not committed`)
      continue
    }
    copiesOf.set(source, [...(copiesOf.get(source) ?? []), copy])
    if (copy.partition !== input.partition) faults.push(`${copy.value} is in another partition`)
    const before = lastCopied.get(input.partition)
    if (before && before.offset >= input.offset) {
      faults.push(`${copy.value} (input ${input.offset}) follows the copy of ${before.offset}`)
    }
    lastCopied.set(input.partition, input)
  }
  const lost = inputs.filter(({ value }) => !copiesOf.has(value))
  const repeated = [...copiesOf.values()].filter(({ length }) => length > 1)
  return [
    ...list(lost, 'inputs have no copy', ({ value }) => value),
    ...list(repeated, 'inputs have several copies', describeCopies),
    ...list(faults, 'copies are not what they should be', (fault) => fault),
  ]
}

function describeCopies(copies: readonly ReadRecord[]): string {
  return copies.map(({ value, offset }) => `${value} at ${offset}`).join(' and ')
}

function list<Item>(
  items: readonly Item[],
  what: string,
  describe: (item: Item) => string,
): string[] {
  if (items.length === 0) return []
  const shown = items.slice(0, shownMax).map(describe).join('; ')
  return [`${items.length} ${what}: ${shown}${items.length > shownMax ? '; …' : ''}`]
}
