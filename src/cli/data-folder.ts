/** Which folders commands on files work on: in one that is mistyped, nothing would be wrong. */

import { readdirSync, statSync } from 'node:fs'
import { partitionOf } from '../log/partition-folder.ts'
import { MisuseError } from './output.ts'

/** Returns the names of what is in `folder`. @throws MisuseError where there is no such folder */
export function namesIn(folder: string): string[] {
  const stat = statSync(folder, { throwIfNoEntry: false })
  if (!stat) throw new MisuseError(`there is no folder '${folder}'`)
  if (!stat.isDirectory()) {
    throw new MisuseError(`'${folder}' is a file: give its folder, or see kafka.do dump`)
  }
  return readdirSync(folder)
}

/** Whether that is what a broker has in its data folder. */
export function isDataFolder(names: readonly string[]): boolean {
  return names.some((name) => name === 'meta.properties' || partitionOf(name) !== undefined)
}
