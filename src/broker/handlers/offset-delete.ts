/** OffsetDelete: committed offsets of topics that a group no longer reads. Version 0. */

import type { offsetDelete } from '../../protocol/offset-delete.ts'
import type { Handler } from '../request-context.ts'

export const handleOffsetDelete: Handler<typeof offsetDelete> = (request, { broker }) =>
  broker.groups.deleteOffsets(request)
