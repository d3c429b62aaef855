/** What was sent last, so that a finding can be repeated and made smaller. */

import { writeFileSync } from 'node:fs'

interface Entry {
  readonly case: number
  readonly connection: number
  readonly bytes: Uint8Array
}

/** As it is in a file: bytes in base64. */
export interface JournalFile {
  readonly finding: string
  readonly seed: number
  /** Whether the server asked who its clients are. */
  readonly isProtected: boolean
  readonly sent: readonly {
    readonly case: number
    readonly connection: number
    readonly bytes: string
  }[]
}

const keptBytesMax = 16 * 1024 * 1024
const entryOverheadBytes = 100

export class Journal {
  #entries: Entry[] = []
  #sizeBytes = 0

  add(entry: Entry): void {
    this.#entries.push(entry)
    this.#sizeBytes += entry.bytes.length + entryOverheadBytes
    if (this.#sizeBytes < keptBytesMax) return
    this.#entries = this.#entries.slice(this.#entries.length / 2)
    this.#sizeBytes = 0
    for (const { bytes } of this.#entries) this.#sizeBytes += bytes.length + entryOverheadBytes
  }

  /** After a restart nothing of what was sent before matters, but for what is on the disk. */
  write(path: string, facts: Omit<JournalFile, 'sent'>): void {
    const sent = this.#entries.map((entry) => ({
      ...entry,
      bytes: Buffer.from(entry.bytes).toString('base64'),
    }))
    const file: JournalFile = { ...facts, sent }
    writeFileSync(path, JSON.stringify(file))
  }
}
