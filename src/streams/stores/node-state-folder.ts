/** The folder of an application's local stores: one for each task, and a lock on all of them. */

import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { ClosedError, InvalidOptionError } from '../../client/failure/errors.ts'
import type { Logger, Random } from '../../runtime/runtime.ts'
import { FolderLockedError, lockFolder, type FolderLock } from '../../storage/node-folder-lock.ts'
import type { OpenStateFolder, StateFolder } from './local-store.ts'
import type { HashSecret } from './key-hash.ts'
import { EntryLog } from './node-entry-log.ts'

const workerIdFile = 'worker-id'
const workerIdBytes = 8
/** Folders of stores are called like their tasks, which are partitions of topics. */
const storeName = /-\d+$/
/** What is behind the name of one that is being removed, which no topic has in its own. */
const removedMark = '~removed'

/** @throws InvalidOptionError where another worker of the application has the folder */
export function openStateFolder(where: Parameters<OpenStateFolder>[0]): StateFolder {
  const { application, logger, random } = where
  const folder = join(where.folder, application)
  mkdirSync(folder, { recursive: true })
  const lock = locked(folder)
  /** The last of each task. One that is opened anew was closed before. */
  const open = new Map<string, EntryLog>()
  const unused = new Set<string>()
  let isClosed = false
  return {
    workerId: workerIdIn(folder, random),
    open(task) {
      if (isClosed) throw new ClosedError('the folder of the state is closed')
      const log = new EntryLog({
        folder: join(folder, task),
        secret: newSecret(random),
        onDamage: (reason) => logger.warn('local state is not used', { folder, task, reason }),
      })
      open.set(task, log)
      unused.delete(task)
      return log
    },
    removeUnused() {
      for (const name of readdirSync(folder)) {
        // One whose removal did not come to its end is nobody's.
        const isLeft = name.endsWith(removedMark)
        if (isLeft || unused.has(name)) void remove(folder, name, logger)
        else if (storeName.test(name) && open.get(name)?.isClosed !== false) unused.add(name)
      }
    },
    close() {
      if (isClosed) return
      isClosed = true
      for (const log of open.values()) log.close()
      lock.release()
    },
  }
}

/** Returns what was made up when the folder was first used. */
function workerIdIn(folder: string, random: Random): Uint8Array {
  const path = join(folder, workerIdFile)
  const known = existsSync(path) ? readFileSync(path) : undefined
  if (known?.length === workerIdBytes) return known
  const made = random.bytes(workerIdBytes)
  writeFileSync(path, made)
  return made
}

/** Removes a store: at once for whoever opens it again; its files may take a while. */
async function remove(folder: string, name: string, logger: Logger): Promise<void> {
  const removed = join(folder, name.endsWith(removedMark) ? name : name + removedMark)
  try {
    renameSync(join(folder, name), removed)
    await rm(removed, { recursive: true, force: true })
    logger.info('unused state was removed', { folder, name })
  } catch (error) {
    // It takes room, and nothing else: the next time tries again.
    const facts = { folder, name, error: (error as Error).message }
    logger.warn('unused state could not be removed', facts)
  }
}

function newSecret(random: Random): HashSecret {
  const bytes = new DataView(random.bytes(8).slice().buffer)
  return [bytes.getUint32(0), bytes.getUint32(4)]
}

function locked(folder: string): FolderLock {
  try {
    return lockFolder(folder)
  } catch (error) {
    if (!(error instanceof FolderLockedError)) throw error
    const holder = error.pid === process.pid ? 'this process' : `process ${error.pid}`
    throw new InvalidOptionError({
      option: 'stateFolder',
      expected: `a folder for this worker alone (${holder} has it open)`,
      actual: folder,
    })
  }
}
