/**
 * A file system in a file, ext4 on a loop device, whose power can be cut: what was synced is in the
 * file, what was not is only in memory. A cut copies the file while it is mounted, and goes on with
 * the copy, whose journal the kernel replays. Needs root and a loop device.
 */

import { execFileSync } from 'node:child_process'
import {
  closeSync,
  fdatasyncSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
} from 'node:fs'
import { truncateSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'

// Nothing is written back for five minutes but what is asked for, not even for a rename.
const mountOptions = 'loop,commit=300,noauto_da_alloc'

export interface DiskImageOptions {
  /** Holds the files of the image, and the place where it is mounted. */
  readonly folder: string
  readonly sizeMiB: number
}

export class DiskImage {
  readonly mountPoint: string
  readonly #folder: string
  #generation = 0
  /** A run that ends early leaves no mount behind, whoever still has files open on it. */
  readonly #detach = (): void => run('umount', '--lazy', this.mountPoint)

  /** @throws where the machine does not allow it */
  constructor({ folder, sizeMiB }: DiskImageOptions) {
    this.#folder = folder
    this.mountPoint = join(folder, 'mounted')
    mkdirSync(this.mountPoint, { recursive: true })
    writeFileSync(this.#path(), '')
    truncateSync(this.#path(), sizeMiB * 1024 * 1024)
    run('mkfs.ext4', '-q', '-m', '0', '-F', this.#path())
    this.#mount()
    process.once('exit', this.#detach)
  }

  /** Loses everything that was not synced. Nobody may have a file open on it. */
  cutPower(): void {
    const before = this.#path()
    this.#generation++
    run('cp', '--sparse=always', before, this.#path())
    run('umount', this.mountPoint)
    rmSync(before)
    this.#mount()
  }

  close(): void {
    process.off('exit', this.#detach)
    run('umount', this.mountPoint)
    rmSync(this.#path())
  }

  #mount(): void {
    run('mount', '-o', mountOptions, this.#path(), this.mountPoint)
  }

  #path(): string {
    return join(this.#folder, `image-${this.#generation}`)
  }
}

function run(command: string, ...args: readonly string[]): void {
  execFileSync(command, args, { stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8' })
}

/** Returns why power cannot be cut on this machine; `undefined` where it can. */
export function whyNoPowerCuts(folder: string): string | undefined {
  if (process.getuid?.() !== 0) return 'mounting needs root'
  let image: DiskImage
  try {
    image = new DiskImage({ folder, sizeMiB: 16 })
  } catch (error) {
    return `no loop device can be mounted: ${String(error).trim().replaceAll('\n', ' ')}`
  }
  try {
    return isHonest(image) ? undefined : 'a power cut keeps what was not synced'
  } finally {
    image.close()
  }
}

/** Writes a part that is synced and one that is not: only the first may be there after a cut. */
function isHonest(image: DiskImage): boolean {
  const path = join(image.mountPoint, 'file')
  const part = Buffer.alloc(65_536, 1)
  const file = openSync(path, 'w')
  writeSync(file, part)
  fdatasyncSync(file)
  const folder = openSync(image.mountPoint, 'r')
  fsyncSync(folder)
  closeSync(folder)
  writeSync(file, part)
  closeSync(file)
  image.cutPower()
  return readFileSync(path).equals(part)
}
