/** Makes a process believe in another time of day, which can jump while it runs, by Debian's faketime. */

import { globSync, writeFileSync } from 'node:fs'

/** As faketime reads them: none, half an hour back, and longer ahead than records are kept. */
const jumps = ['+0', '-30m', '+8d'] as const

export class FakeClock {
  readonly #file: string
  readonly #library: string

  /** @throws where faketime is not installed */
  constructor(file: string) {
    const [library] = globSync('/usr/lib/*/faketime/libfaketime.so.1')
    if (library === undefined) throw new Error('faketime is not installed')
    this.#library = library
    this.#file = file
    writeFileSync(file, jumps[0])
  }

  /** What a process needs in its environment. Its monotonic clock stays as it is. */
  get environment(): Readonly<Record<string, string>> {
    return {
      LD_PRELOAD: this.#library,
      FAKETIME_TIMESTAMP_FILE: this.#file,
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    }
  }

  /** Jumps to another time, and returns how far from the true one it is. */
  jump(pick: (choices: typeof jumps) => string): string {
    const offset = pick(jumps)
    writeFileSync(this.#file, offset)
    return offset
  }
}
