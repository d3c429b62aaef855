/**
 * All APIs, by key. For a broker: a client imports the few tables it uses, to stay small.
 */

import type { Api } from './api.ts'
import { apiVersions } from './api-versions.ts'
import { consumerGroupHeartbeat } from './consumer-group-heartbeat.ts'
import { createTopics } from './create-topics.ts'
import { deleteTopics } from './delete-topics.ts'
import { fetch } from './fetch.ts'
import { findCoordinator } from './find-coordinator.ts'
import { heartbeat } from './heartbeat.ts'
import { initProducerId } from './init-producer-id.ts'
import { joinGroup } from './join-group.ts'
import { leaveGroup } from './leave-group.ts'
import { listOffsets } from './list-offsets.ts'
import { metadata } from './metadata.ts'
import { offsetCommit } from './offset-commit.ts'
import { offsetFetch } from './offset-fetch.ts'
import { produce } from './produce.ts'
import { syncGroup } from './sync-group.ts'

// `any`, because these messages have nothing in common; their users know which one they have.
// oxlint-disable-next-line typescript/no-explicit-any
export type AnyApi = Api<any, any, any, any>

/** In the order of their keys. */
export const apis: readonly AnyApi[] = [
  produce,
  fetch,
  listOffsets,
  metadata,
  offsetCommit,
  offsetFetch,
  findCoordinator,
  joinGroup,
  heartbeat,
  leaveGroup,
  syncGroup,
  apiVersions,
  createTopics,
  deleteTopics,
  initProducerId,
  consumerGroupHeartbeat,
]

const apisByKey: readonly (AnyApi | undefined)[] = indexed()

export function apiByKey(key: number): AnyApi | undefined {
  return apisByKey[key]
}

function indexed(): (AnyApi | undefined)[] {
  const byKey: (AnyApi | undefined)[] = []
  for (const api of apis) byKey[api.key] = api
  return byKey
}
