/** The folder of an application's local stores: one for each task, and a lock on all of them. */

import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { ClosedError, InvalidOptionError } from '../../client/failure/errors.ts'
import type { Random } from '../../runtime/runtime.ts'
import { FolderLockedError, lockFolder, type FolderLock } from '../../storage/node-folder-lock.ts'
import type { LocalStore, OpenStateFolder, StateFolder } from './local-store.ts'
import type { HashSecret } from './key-hash.ts'
import { EntryLog } from './node-entry-log.ts'

/** @throws InvalidOptionError where another worker of the application has the folder */
export function openStateFolder(where: Parameters<OpenStateFolder>[0]): StateFolder {
  const { application, logger, random } = where
  const folder = join(where.folder, application)
  mkdirSync(folder, { recursive: true })
  const lock = locked(folder)
  const open = new Set<LocalStore>()
  let isClosed = false
  return {
    open(task) {
      if (isClosed) throw new ClosedError('the folder of the state is closed')
      const log = new EntryLog({
        folder: join(folder, task),
        secret: newSecret(random),
        onDamage: (reason) => logger.warn('local state is not used', { folder, task, reason }),
      })
      open.add(log)
      return log
    },
    close() {
      if (isClosed) return
      isClosed = true
      for (const log of open) log.close()
      lock.release()
    },
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
