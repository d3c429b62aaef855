/** ListPartitionReassignments: there are none. Version 0. */

import { errorCodes } from '../../protocol/error-codes.ts'
import type { listPartitionReassignments } from '../../protocol/list-partition-reassignments.ts'
import type { Handler } from '../request-context.ts'

export const handleListPartitionReassignments: Handler<typeof listPartitionReassignments> = () => ({
  errorCode: errorCodes.NONE,
  topics: [],
})
