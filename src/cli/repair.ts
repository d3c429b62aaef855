/** `kafka.do repair`: gives up the damaged records of a data folder that a broker refuses. */

import { Command } from 'commander'
import { repairFolder, type RepairedLog } from '../log/recovery/repair-folder.ts'
import { installNativeCrc32c } from '../record/node-crc32c.ts'
import { textLogger } from '../server/logger.ts'
import { NodeStorage } from '../storage/node-storage.ts'
import { isDataFolder, namesIn } from './data-folder.ts'
import { MisuseError, printRows, type Output, type Row } from './output.ts'

export function repairCommand(output: Output): Command {
  return new Command('repair')
    .description(
      'give up the damaged records of a data folder that no broker uses, and keep all others; ' +
        'copies what it gives up beside its log, with a report',
    )
    .argument('<folder>', 'the data folder')
    .action(async (folder: string) => {
      if (!isDataFolder(namesIn(folder))) {
        throw new MisuseError(`'${folder}' is not the data folder of a broker`)
      }
      installNativeCrc32c()
      const storage = new NodeStorage(folder)
      try {
        const repaired = await repairFolder({ storage, logger: textLogger('warn') })
        printRows(output, repaired.flatMap(rowsOf), 'nothing had to be repaired')
      } finally {
        storage.close()
      }
    })
}

function rowsOf({ folder, report }: RepairedLog): Row[] {
  const rows: Row[] = report.quarantined.map(({ fromOffset, toOffset, from, to, copy }) => ({
    partition: folder,
    'lost from': fromOffset,
    'lost to': toOffset ?? report.missing?.toOffset ?? null,
    bytes: to - from,
    copy,
  }))
  const { missing } = report
  if (!missing || rows.some((row) => row['lost to'] === missing.toOffset)) return rows
  const { fromOffset, toOffset } = missing
  return [
    ...rows,
    { partition: folder, 'lost from': fromOffset, 'lost to': toOffset, bytes: 0, copy: null },
  ]
}
