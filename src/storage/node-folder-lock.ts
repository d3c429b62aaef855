/**
 * Keeps a second broker away from a data folder: a `.lock` file with the process id and, where the
 * system tells it, when that process was started. A lock whose process is gone, or dead and still
 * to be reaped, is taken over; the start time tells a process from a later one with the same id, as
 * id 1 in a restarted container. Apache Kafka has a lock of the operating system on the same file.
 *
 * Processes that cannot see each other, such as two containers on one volume, are not kept apart.
 */

import {
  closeSync,
  existsSync,
  fstatSync,
  linkSync,
  openSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'

/** Another broker has the folder open. */
export class FolderLockedError extends Error {
  override readonly name = 'FolderLockedError'
  readonly folder: string
  /** The process that holds the lock. */
  readonly pid: number

  constructor(folder: string, pid: number) {
    const holder = pid === process.pid ? 'this process' : `process ${pid}`
    super(
      `data folder '${folder}' is in use by ${holder}: stop that broker, or choose another folder`,
    )
    this.folder = folder
    this.pid = pid
  }
}

export interface FolderLock {
  release(): void
}

/** Folders locked by this process, which its own id alone could not tell from a stale lock. */
const heldHere = new Set<string>()

/** @throws FolderLockedError where a living process holds the lock */
export function lockFolder(folder: string): FolderLock {
  const realFolder = realpathSync(folder)
  if (heldHere.has(realFolder)) throw new FolderLockedError(folder, process.pid)
  const path = join(realFolder, '.lock')
  const own = `${process.pid}\n${aboutProcess(process.pid).started}\n`
  // Written aside and linked, so that nobody can read a lock that is there but still empty.
  const aside = `${path}.${process.pid}`
  // First: on a disk that is full it has the room that the new one needs.
  removeStale(folder, path)
  try {
    writeFileSync(aside, own)
    while (!tryLink(aside, path)) removeStale(folder, path)
    // Two processes may find the same stale lock, and one remove the other's new one.
    if (readFileSync(path, 'utf8') !== own) throw new FolderLockedError(folder, readLock(path).pid!)
  } finally {
    rmSync(aside, { force: true })
  }
  heldHere.add(realFolder)
  return {
    release() {
      heldHere.delete(realFolder)
      rmSync(path, { force: true })
    },
  }
}

/**
 * Returns the process that has `folder` open, of kafka.do or of Apache Kafka; changes nothing.
 * Kafka's lock is one of the operating system on the same file, which Linux alone tells of.
 */
export function folderHolder(folder: string): number | undefined {
  const path = join(realpathSync(folder), '.lock')
  const { pid, started } = readLock(path)
  if (pid !== undefined) return isAlive(pid, started) ? pid : undefined
  if (!existsSync(path) || !existsSync('/proc/locks')) return undefined
  return lockHolder(readFileSync('/proc/locks', 'utf8'), placeOf(path))
}

/** A file as `/proc/locks` names it. */
export interface FilePlace {
  readonly inode: number
  /** Major and minor number, in decimal; `undefined` where they are not known. */
  readonly device: readonly [major: number, minor: number] | undefined
}

/** Returns the process that has a file locked for writing, of what `/proc/locks` tells. */
export function lockHolder(locks: string, { inode, device }: FilePlace): number | undefined {
  for (const [, pid, major, minor] of locks.matchAll(
    new RegExp(`WRITE (\\d+) (\\w+):(\\w+):${inode} `, 'g'),
  )) {
    const isThere =
      !device || (parseInt(major!, 16) === device[0] && parseInt(minor!, 16) === device[1])
    if (isThere) return Number(pid)
  }
  return undefined
}

/**
 * Returns where the file is. Its device is that of the mount: what `stat` tells is another one on
 * some file systems, as on Btrfs and in containers, and a lock that is missed loses data.
 */
function placeOf(path: string): FilePlace {
  const descriptor = openSync(path, 'r')
  try {
    const { ino: inode } = fstatSync(descriptor)
    const about = readFileSync(`/proc/self/fdinfo/${descriptor}`, 'utf8')
    const mount = /^mnt_id:\s*(\d+)$/m.exec(about)?.[1]
    const mounts = readFileSync('/proc/self/mountinfo', 'utf8')
    const [, major, minor] = new RegExp(`^${mount} \\d+ (\\d+):(\\d+) `, 'm').exec(mounts) ?? []
    return { inode, device: major === undefined ? undefined : [Number(major), Number(minor)] }
  } finally {
    closeSync(descriptor)
  }
}

/** @throws FolderLockedError where a living process holds the lock */
function removeStale(folder: string, path: string): void {
  const pid = folderHolder(folder)
  if (pid !== undefined) throw new FolderLockedError(folder, pid)
  rmSync(path, { force: true })
}

function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

function readLock(path: string): { pid: number | undefined; started: string } {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    // Its holder has just let go of it.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { pid: undefined, started: '' }
    throw error
  }
  const [pid = '', started = ''] = text.split('\n')
  return { pid: /^[1-9]\d*$/.test(pid) ? Number(pid) : undefined, started }
}

function isAlive(pid: number, started: string): boolean {
  // This process does not hold it, see `heldHere`: an earlier one with the same id did.
  if (pid === process.pid) return false
  try {
    process.kill(pid, 0)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
  }
  const { state, threads, started: startedNow } = aboutProcess(pid)
  // Dead, and nobody has asked how it ended. Its other threads may still be writing until then.
  if (state === 'Z' && threads === 1) return false
  return started === '' || startedNow === '' || started === startedNow
}

interface AboutProcess {
  /** A letter of Linux: `Z` for one whose first thread has ended. */
  readonly state?: string | undefined
  readonly threads?: number
  /** What identifies its start; nothing where there is no /proc. */
  readonly started: string
}

function aboutProcess(pid: number): AboutProcess {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
    // The command's name, in parentheses, may hold anything; the state comes after it.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return { state: fields[0], threads: Number(fields[17]), started: `${boot} ${fields[19]}` }
  } catch {
    return { started: '' }
  }
}
