/**
 * The ways in which a file may be damaged: every one as a function from the bytes of a folder to
 * those of a damaged one.
 */

/** Bytes by path. */
export type Files = ReadonlyMap<string, Uint8Array>

export interface Damage {
  readonly name: string
  /** Returns the damaged files; `undefined` where that cannot be done to this file. */
  readonly apply: (files: Files) => Files | undefined
}

export interface DamageContext {
  readonly path: string
  /** Where the last two records, entries or lines begin. */
  readonly tailFrom: number
  /** The bytes of one record of which every bit is flipped: from, and up to. */
  readonly record: readonly [from: number, to: number]
  /** The folder at an earlier time. */
  readonly older: Files
  /** A file of the same kind. */
  readonly other: string | undefined
}

/** Returns all damages of one file. `step` leaves out bits and positions in between. */
export function damagesOf(context: DamageContext, files: Files, step = 1): Damage[] {
  const { path, tailFrom, record, older, other } = context
  const bytes = files.get(path)!
  const damages: Damage[] = []
  const change = (name: string, edit: (copy: Uint8Array) => Uint8Array | undefined): void => {
    const apply = (whole: Files): Files | undefined => {
      const changed = edit(whole.get(path)!.slice())
      return changed && new Map([...whole, [path, changed]])
    }
    damages.push({ name, apply })
  }
  for (let size = tailFrom; size < bytes.length; size += step) {
    change(`truncated to ${size}`, (copy) => copy.subarray(0, size))
  }
  for (let bit = record[0] * 8; bit < record[1] * 8; bit += step) {
    change(`bit ${bit} flipped`, (copy) => {
      copy[bit >> 3]! ^= 1 << (bit & 7)
      return copy
    })
  }
  for (const size of [512, 4096]) {
    change(`${size} bytes zeroed`, (copy) => copy.fill(0, 0, size))
    const at = Math.max(0, bytes.length - size)
    change(`last ${size} bytes zeroed`, (copy) => copy.fill(0, at))
    change(`first ${size} bytes there twice`, (copy) => join(copy.subarray(0, size), copy))
  }
  change('last half there twice', (copy) => join(copy, copy.subarray(copy.length >> 1)))
  change('emptied', () => new Uint8Array(0))
  change('garbage appended', (copy) =>
    join(
      copy,
      Uint8Array.from({ length: 37 }, (_, at) => at * 7 + 1),
    ),
  )
  change('zeros appended', (copy) => join(copy, new Uint8Array(600)))
  change('as it was before', () => older.get(path))
  damages.push({
    name: 'deleted',
    apply: (whole) => new Map([...whole].filter(([name]) => name !== path)),
  })
  damages.push({
    name: 'renamed',
    apply: (whole) =>
      new Map([...whole].map(([name, is]) => [name === path ? `${name}.old` : name, is])),
  })
  if (other !== undefined) {
    damages.push({
      name: `swapped with ${other}`,
      apply: (whole) => new Map([...whole, [path, whole.get(other)!], [other, whole.get(path)!]]),
    })
  }
  return damages
}

function join(...parts: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(parts)
}
