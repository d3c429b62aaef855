/**
 * Asking the cluster who coordinates a group or a transaction. It is loaded by those who have one.
 */

import { findCoordinator } from '../../protocol/find-coordinator.ts'
import { GroupCoordinatorError } from '../failure/errors.ts'
import { throwIfError } from '../failure/group-errors.ts'
import type { BrokerChannel } from './broker-channel.ts'
import { nameOf, type Coordinated } from './coordinated.ts'

/** Where a coordinator is. */
export interface Coordinator {
  readonly nodeId: number
  readonly host: string
  readonly port: number
}

/** Asks the broker at `channel`. @throws GroupCoordinatorError while there is none */
export async function lookUpCoordinator(
  channel: BrokerChannel,
  coordinated: Coordinated,
  signal?: AbortSignal,
): Promise<Coordinator> {
  const what = nameOf(coordinated)
  const isGroup = 'group' in coordinated
  const key = isGroup ? coordinated.group : coordinated.transactionalId
  const input = { key, keyType: isGroup ? 0 : 1, coordinatorKeys: [key] }
  const answer = await channel.request(findCoordinator, input, { signal })
  const { errorCode, errorMessage, nodeId, host, port } = answer.coordinators[0] ?? answer
  const facts = isGroup ? coordinated : {}
  throwIfError(`find the coordinator of ${what}`, { errorCode, errorMessage, ...facts })
  if (nodeId < 0) throw new GroupCoordinatorError(`${what} has no coordinator`, facts)
  return { nodeId, host, port }
}
