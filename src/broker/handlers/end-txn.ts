/**
 * EndTxn: commits or aborts a transaction. Versions 0–5; from 5 on the producer goes on with the
 * epoch in the answer (KIP-890).
 *
 * It is answered when all partitions know the outcome, so that the next transaction may begin at
 * once and all that is committed can be read.
 */

import { errorCodes } from '../../protocol/error-codes.ts'
import type { endTxn } from '../../protocol/end-txn.ts'
import type { Handler } from '../request-context.ts'
import { checkMay } from '../security/access.ts'
import { RequestError } from '../request-error.ts'
import { codeFor } from '../transactions/transaction-errors.ts'

const fencedVersion = 2
const epochVersion = 5

export const handleEndTxn: Handler<typeof endTxn> = async (request, context) => {
  const { broker, version } = context
  const { transactionalId, producerId, producerEpoch, committed } = request
  try {
    checkMay(context, 'write', 'transactionalId', transactionalId)
    if (transactionalId === '') {
      throw new RequestError('INVALID_REQUEST', 'The transactional id is empty.')
    }
    const next = await broker.transactions.end(transactionalId, {
      producerId,
      producerEpoch,
      result: committed ? 'commit' : 'abort',
      raisesEpoch: version >= epochVersion,
    })
    const { producerId: nextId, producerEpoch: nextEpoch } = next
    return { errorCode: errorCodes.NONE, producerId: nextId, producerEpoch: nextEpoch }
  } catch (error) {
    return { errorCode: codeFor(error, { knowsFenced: version >= fencedVersion }) }
  }
}
