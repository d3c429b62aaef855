/** What a client believes of the leader of a partition (KIP-320): what is not so has to be told. */

import type { PartitionLog } from '../../log/partition-log.ts'
import type { ErrorName } from '../../protocol/error-codes.ts'

const noEpoch = -1

/** Returns what is wrong with the epoch that a client has, if anything. */
export function refusalOfEpoch({ epochs }: PartitionLog, epoch: number): ErrorName | undefined {
  if (epoch === noEpoch || epoch === epochs.current) return undefined
  return epoch > epochs.current ? 'UNKNOWN_LEADER_EPOCH' : 'FENCED_LEADER_EPOCH'
}
