/** AddOffsetsToTxn: makes the offsets of a group a part of a transaction. Versions 0–4. */

import type { addOffsetsToTxn } from '../../protocol/add-offsets-to-txn.ts'
import { errorCodes } from '../../protocol/error-codes.ts'
import type { Handler } from '../request-context.ts'
import { checkMay } from '../security/access.ts'
import { RequestError } from '../request-error.ts'
import { offsetsPartition } from '../topic-name.ts'
import { codeFor } from '../transactions/transaction-errors.ts'

const fencedVersion = 2

export const handleAddOffsetsToTxn: Handler<typeof addOffsetsToTxn> = async (request, context) => {
  const { broker, version } = context
  const { transactionalId } = request
  try {
    checkMay(context, 'write', 'transactionalId', transactionalId)
    checkMay(context, 'read', 'group', request.groupId)
    if (transactionalId === '') {
      throw new RequestError('INVALID_REQUEST', 'The transactional id is empty.')
    }
    await broker.transactions.addPartitions(transactionalId, request, offsetsPartition)
    return { errorCode: errorCodes.NONE }
  } catch (error) {
    return { errorCode: codeFor(error, { knowsFenced: version >= fencedVersion }) }
  }
}
