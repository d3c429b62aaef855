/** All that `kafka.do verify` finds in a data folder. */

import type { LogFault } from '../../src/log/log-fault.ts'
import { verifyFolder } from '../../src/log/verify/folder.ts'
import { nodeCodecs } from '../../src/record/node-compression.ts'
import type { Storage } from '../../src/storage/storage.ts'

export function faultsOf(storage: Storage): LogFault[] {
  const faults: LogFault[] = []
  verifyFolder({
    storage,
    codecs: nodeCodecs,
    records: 'check',
    onFault: (fault) => faults.push(fault),
    onLog: () => {},
    onProgress: () => {},
  })
  return faults
}
