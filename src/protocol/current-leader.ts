/**
 * Where a partition's leader is now, told beside the error that it is not here any more, so that
 * the client need not ask for metadata first (KIP-951). Part of the Produce and Fetch responses.
 */

import { array, int32, nullableString, optional, string, tagged } from './codec.ts'
import { struct } from './struct.ts'

interface Tag {
  readonly number: number
  readonly min: number
}

const leader = struct({ leaderId: optional(int32, -1), leaderEpoch: optional(int32, -1) })
const noLeader = { leaderId: -1, leaderEpoch: -1 }

/** The leader of one partition. */
export function currentLeader(tag: Tag) {
  return tagged(tag, leader, noLeader)
}

const nodeEndpoint = struct({
  nodeId: int32,
  host: string,
  port: int32,
  rack: optional(nullableString, null),
})

/** The addresses of all leaders that the response names. */
export function nodeEndpoints(tag: Tag) {
  return tagged(tag, array(nodeEndpoint), [])
}
