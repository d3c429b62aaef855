/** A real file system that is small enough to be full soon. It takes root, and Linux. */

import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export type FileSystem = 'ext4' | 'tmpfs'

export interface SmallDisk {
  readonly folder: string
  /** Takes space that `free` gives back. */
  occupy(sizeBytes: number): void
  free(): void
  unmount(): void
}

/** Returns why there can be no such disk here; `false` where there can be. */
export function noSmallDisk(kind: FileSystem): string | false {
  if (process.platform !== 'linux') return 'needs Linux'
  if (process.getuid?.() !== 0) return 'needs root, to mount a file system'
  try {
    mountSmallDisk(kind, 8 * 1024 * 1024).unmount()
    return false
  } catch (error) {
    return `cannot mount ${kind} here: ${String(error).split('\n')[0]}`
  }
}

export function mountSmallDisk(kind: FileSystem, sizeBytes: number): SmallDisk {
  const root = mkdtempSync(join(tmpdir(), 'kafka-do-small-disk-'))
  const folder = join(root, 'mounted')
  const ballast = join(folder, 'ballast')
  mkdirSync(folder)
  try {
    if (kind === 'tmpfs') {
      run('mount', ['-t', 'tmpfs', '-o', `size=${sizeBytes}`, 'tmpfs', folder])
    } else {
      const image = join(root, 'image')
      run('truncate', ['-s', String(sizeBytes), image])
      run('mkfs.ext4', ['-q', '-m', '0', '-O', '^has_journal', image])
      run('mount', ['-o', 'loop', image, folder])
    }
  } catch (error) {
    rmSync(root, { recursive: true, force: true })
    throw error
  }
  return {
    folder,
    occupy: (bytes) => writeFileSync(ballast, new Uint8Array(bytes).fill(1)),
    free: () => rmSync(ballast),
    unmount() {
      // Lazily: after a failure somebody may still have files open.
      run('umount', ['-l', folder])
      rmSync(root, { recursive: true, force: true })
    },
  }
}

function run(program: string, args: readonly string[]): void {
  execFileSync(program, args, { stdio: 'pipe' })
}
