/** OffsetCommit: stores how far a group has read. Versions 2–10. */

import type { offsetCommit } from '../../protocol/offset-commit.ts'
import type { Handler } from '../request-context.ts'

export const handleOffsetCommit: Handler<typeof offsetCommit> = (request, { broker, version }) =>
  broker.groups.commitOffsets(request, version)
