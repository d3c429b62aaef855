/**
 * A disk as a file system shows it: what is on it for sure, and what only the page cache has yet.
 *
 * Bytes are volatile until their file is synced; names (creations, renames, removals) until their
 * folder is. A sync that fails leaves its pages clean and unwritten, as Linux does: no later sync
 * writes them. A power cut keeps any prefix of the name changes of each folder, as a journaling file
 * system does, and of what was written to a file and not synced: nothing, all, a prefix that ends at
 * any byte, or any of its sectors, in a file that has grown all the same.
 */

import type { SeededRandom } from '../support/random.ts'

const sectorBytes = 512

type Change =
  | {
      readonly kind: 'append'
      readonly position: number
      readonly bytes: Uint8Array
      isLost: boolean
    }
  | { readonly kind: 'truncate'; readonly sizeBytes: number }

/** What a power cut did to a file. */
export type CutKind = 'synced' | 'all' | 'none' | 'torn' | 'zeros' | 'reordered'

/** Bytes that grow without being copied each time. */
class Content {
  #memory = new Uint8Array(256)
  sizeBytes = 0

  get bytes(): Uint8Array {
    return this.#memory.subarray(0, this.sizeBytes)
  }

  write(position: number, bytes: Uint8Array): void {
    this.grow(position + bytes.length)
    this.#memory.set(bytes, position)
  }

  grow(sizeBytes: number): void {
    if (sizeBytes <= this.sizeBytes) return
    if (sizeBytes > this.#memory.length) {
      const larger = new Uint8Array(Math.max(sizeBytes, this.#memory.length * 2))
      larger.set(this.bytes)
      this.#memory = larger
    }
    this.sizeBytes = sizeBytes
  }

  truncate(sizeBytes: number): void {
    this.#memory.fill(0, sizeBytes, this.sizeBytes)
    this.sizeBytes = sizeBytes
  }

  copy(): Content {
    const copy = new Content()
    copy.write(0, this.bytes)
    return copy
  }

  apply(change: Change): void {
    if (change.kind === 'append') this.write(change.position, change.bytes)
    else if (change.sizeBytes < this.sizeBytes) this.truncate(change.sizeBytes)
    else this.grow(change.sizeBytes)
  }
}

export class FileNode {
  /** As programs see it. */
  cached = new Content()
  #durable = new Content()
  #changes: Change[] = []

  append(bytes: Uint8Array): number {
    const position = this.cached.sizeBytes
    this.#changes.push({ kind: 'append', position, bytes: bytes.slice(), isLost: false })
    this.cached.write(position, bytes)
    return position
  }

  truncate(sizeBytes: number): void {
    this.#changes.push({ kind: 'truncate', sizeBytes })
    this.cached.truncate(sizeBytes)
  }

  /** Begins a sync of what is there now. Returns what ends it, well or not. */
  beginSync(): (result: 'done' | 'failed') => void {
    const covered = new Set(this.#changes)
    return (result) => {
      if (result === 'failed') {
        for (const change of covered) if (change.kind === 'append') change.isLost = true
        return
      }
      const left: Change[] = []
      for (const change of this.#changes) {
        const isLost = change.kind === 'append' && change.isLost
        if (covered.has(change) && !isLost) this.#durable.apply(change)
        else left.push(change)
      }
      this.#changes = left
    }
  }

  /** Returns what a power cut leaves, and how that differs from what programs saw. */
  afterPowerCut(random: SeededRandom): { readonly file: FileNode; readonly kind: CutKind } {
    const file = new FileNode()
    const left = this.#durable.copy()
    const kind = this.#changes.length === 0 ? 'synced' : cut(left, this.#changes, random)
    file.#durable = left
    file.cached = left.copy()
    return { file, kind }
  }

  /** Changes one bit, on the disk and for programs. */
  flip(position: number, bit: number): void {
    for (const content of [this.cached, this.#durable]) {
      const { bytes } = content
      if (position < bytes.length) bytes[position] = bytes[position]! ^ (1 << bit)
    }
  }
}

/** Applies to `left` what the power cut lets through of `changes`. */
function cut(left: Content, changes: readonly Change[], random: SeededRandom): CutKind {
  const kind = random.pick<CutKind>(['all', 'none', 'torn', 'torn', 'zeros', 'reordered'])
  if (kind === 'none') return kind
  // Truncations are in the journal: what was written after one is not there without it.
  const through = kind === 'all' ? changes.length : random.below(changes.length + 1)
  for (const change of changes.slice(0, through)) {
    const isUnwritten = change.kind === 'append' && change.isLost && random.below(2) === 0
    if (!isUnwritten) left.apply(change)
  }
  if (kind === 'all') return kind
  const rest: (Change & { readonly kind: 'append' })[] = []
  for (const change of changes.slice(through)) {
    if (change.kind !== 'append') break
    rest.push(change)
  }
  const [first] = rest
  if (!first) return kind
  if (kind === 'reordered') keepSectors(left, rest, random)
  else tear(left, first, random)
  const last = rest.at(-1)!
  if (kind === 'zeros') left.grow(last.position + random.below(last.bytes.length + 1))
  return kind
}

function tear(left: Content, { position, bytes }: WrittenBytes, random: SeededRandom): void {
  let keptBytes = random.below(bytes.length)
  if (random.below(2) === 0) {
    const end = position + keptBytes
    keptBytes = Math.max(0, end - (end % sectorBytes) - position)
  }
  if (keptBytes > 0) left.write(position, bytes.subarray(0, keptBytes))
}

/** Keeps any of the sectors: what is not written reads as zeros, or as what was there long ago. */
function keepSectors(left: Content, rest: readonly WrittenBytes[], random: SeededRandom): void {
  const keptOfTen = random.pick([2, 5, 8])
  const isStale = random.below(5) === 0
  for (const { position, bytes } of rest) {
    for (let from = 0; from < bytes.length;) {
      const to = Math.min(bytes.length, from + sectorBytes - ((position + from) % sectorBytes))
      if (random.below(10) < keptOfTen) left.write(position + from, bytes.subarray(from, to))
      else if (isStale) left.write(position + from, random.bytes(to - from))
      from = to
    }
  }
  if (random.below(2) === 0) {
    const { position, bytes } = rest.at(-1)!
    left.grow(position + bytes.length)
  }
}

type WrittenBytes = Pick<Change & { readonly kind: 'append' }, 'position' | 'bytes'>
export type Names = ReadonlyMap<string, FileNode | FolderNode>

export class FolderNode {
  names: Names = new Map()
  /** States since the last sync, oldest first; the first of them is durable. */
  #history: Names[] = []

  change(change: (names: Map<string, FileNode | FolderNode>) => void): void {
    const names = new Map(this.names)
    change(names)
    this.#history.push(this.names)
    this.names = names
  }

  /** Begins a sync of the names as they are now. Returns what ends it. */
  beginSync(): () => void {
    const { names } = this
    return () => {
      const at = this.#history.indexOf(names)
      if (names === this.names) this.#history = []
      else if (at >= 0) this.#history = this.#history.slice(at)
    }
  }

  /** Returns what a power cut leaves of this folder and of all in it. */
  afterPowerCut(random: SeededRandom, files: CutFiles): FolderNode {
    const folder = new FolderNode()
    const kept = new Map<string, FileNode | FolderNode>()
    const isAllKept = random.below(3) === 0
    const survivor = isAllKept ? this.names : random.pick([...this.#history, this.names])
    for (const [name, node] of survivor) kept.set(name, files.cut(node, random))
    folder.names = kept
    return folder
  }
}

/** The files and folders that a power cut has treated already: one may have two names for a moment. */
export class CutFiles {
  readonly #cut = new Map<FileNode | FolderNode, FileNode | FolderNode>()
  readonly kinds: CutKind[] = []

  cut(node: FileNode | FolderNode, random: SeededRandom): FileNode | FolderNode {
    const known = this.#cut.get(node)
    if (known) return known
    let left: FileNode | FolderNode
    if (node instanceof FolderNode) left = node.afterPowerCut(random, this)
    else {
      const { file, kind } = node.afterPowerCut(random)
      left = file
      this.kinds.push(kind)
    }
    this.#cut.set(node, left)
    return left
  }
}
