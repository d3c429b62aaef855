/** What lies on a broker that many use: topics, idle connections, and group members at work. */

import { setTimeout as delay } from 'node:timers/promises'
import { apiVersions } from '../src/protocol/api-versions.ts'
import { findCoordinator } from '../src/protocol/find-coordinator.ts'
import { heartbeat } from '../src/protocol/heartbeat.ts'
import { joinGroup } from '../src/protocol/join-group.ts'
import { offsetCommit } from '../src/protocol/offset-commit.ts'
import {
  consumerProtocolAssignment,
  consumerProtocolSubscription,
} from '../src/protocol/records/consumer-protocol.ts'
import { encodeValue } from '../src/protocol/records/record-schema.ts'
import { offsetFetch } from '../src/protocol/offset-fetch.ts'
import { syncGroup } from '../src/protocol/sync-group.ts'
import { createTopicsOn, RawClient, refuse } from './raw-client.ts'

const heartbeatIntervalMs = 3_000
const sessionTimeoutMs = 30_000
/** How much is asked of the broker at a time. */
const connectingAtOnce = 200
const topicsAtOnce = 100
const joiningAtOnce = 20

export function topicName(index: number): string {
  return `scale-${index}`
}

export async function createManyTopics(
  bootstrap: string,
  {
    topics,
    partitions,
    atOnce = topicsAtOnce,
  }: { topics: number; partitions: number; atOnce?: number },
): Promise<void> {
  const client = await RawClient.connect(bootstrap)
  const all = Array.from({ length: topics }, (_, index) => ({ name: topicName(index), partitions }))
  for (let start = 0; start < topics; start += atOnce) {
    await createTopicsOn(client, all.slice(start, start + atOnce))
  }
  client.close()
}

/** Opens connections that have said what they are, as every client does, and then are silent. */
export async function openIdle(bootstrap: string, count: number): Promise<RawClient[]> {
  const open = async (index: number): Promise<RawClient> => {
    // A loopback address of one's own for each few thousand: an address has 28,000 ports.
    const client = await RawClient.connect(bootstrap, {
      localAddress: `127.0.0.${2 + Math.floor(index / 5_000)}`,
    })
    refuse((await client.request(apiVersions, 0, {})).errorCode, 'asking for versions')
    return client
  }
  return inPortions(count, connectingAtOnce, open)
}

/** Members of groups, one in each, that keep up their heartbeats until they are closed. */
export class GroupMembers {
  readonly #members: readonly Member[]
  readonly #timer: NodeJS.Timeout
  #next = 0
  #failure: unknown

  static async join(bootstrap: string, count: number): Promise<GroupMembers> {
    await awaitCoordinator(bootstrap)
    return new GroupMembers(
      await inPortions(count, joiningAtOnce, (index) => joinGroupAs(bootstrap, index)),
    )
  }

  private constructor(members: readonly Member[]) {
    this.#members = members
    this.#timer = setInterval(() => this.#beat(), heartbeatIntervalMs / members.length)
  }

  /** @throws Error where a heartbeat was refused */
  close(): void {
    clearInterval(this.#timer)
    for (const { client } of this.#members) client.close()
    if (this.#failure !== undefined) throw this.#failure
  }

  #beat(): void {
    const { client, ...member } = this.#members[this.#next++ % this.#members.length]!
    client.request(heartbeat, 1, member).then(
      ({ errorCode }) => {
        if (errorCode !== 0) this.#failure ??= new Error(`heartbeat: error ${errorCode}`)
      },
      (error: unknown) => (this.#failure ??= error),
    )
  }
}

interface Member {
  readonly client: RawClient
  readonly groupId: string
  readonly memberId: string
  readonly generationId: number
}

/** Joins a group as its only member, takes a topic, and commits an offset of its first partition. */
async function joinGroupAs(bootstrap: string, index: number): Promise<Member> {
  const client = await RawClient.connect(bootstrap)
  const groupId = `scale-group-${index}`
  const topic = topicName(index)
  const joined = await client.request(joinGroup, 2, {
    groupId,
    sessionTimeoutMs,
    rebalanceTimeoutMs: sessionTimeoutMs,
    memberId: '',
    protocolType: 'consumer',
    protocols: [
      {
        name: 'range',
        metadata: encodeValue(consumerProtocolSubscription, { topics: [topic] }, 1),
      },
    ],
  })
  refuse(joined.errorCode, `joining ${groupId}`)
  const { memberId, generationId } = joined
  const assignment = encodeValue(
    consumerProtocolAssignment,
    { assignedPartitions: [{ topic, partitions: [0, 1, 2] }] },
    1,
  )
  const assignments = [{ memberId, assignment }]
  const synced = await client.request(syncGroup, 1, {
    groupId,
    generationId,
    memberId,
    assignments,
  })
  refuse(synced.errorCode, `syncing ${groupId}`)
  const partition = { partitionIndex: 0, committedOffset: 0, committedMetadata: null }
  const committed = await client.request(offsetCommit, 2, {
    groupId,
    generationIdOrMemberEpoch: generationId,
    memberId,
    topics: [{ name: topic, partitions: [partition] }],
  })
  refuse(committed.topics[0]!.partitions[0]!.errorCode, `committing for ${groupId}`)
  return { client, groupId, memberId, generationId }
}

/** Resolves when the coordinator is there: Apache Kafka starts it when it is first asked for. */
async function awaitCoordinator(bootstrap: string): Promise<void> {
  const client = await RawClient.connect(bootstrap)
  const key = 'scale-group-0'
  for (let attempt = 0; ; attempt++) {
    const found = await client.request(findCoordinator, 1, { key, keyType: 0 })
    // Of groups that are not there, too, offsets can be asked for, once those that are were loaded.
    const offsets = await client.request(offsetFetch, 2, { groupId: key, topics: [] })
    const errorCode = found.errorCode || offsets.errorCode
    if (errorCode === 0) break
    if (attempt === 100) refuse(errorCode, 'waiting for the coordinator')
    await delay(100)
  }
  client.close()
}

async function inPortions<Result>(
  count: number,
  portion: number,
  make: (index: number) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = []
  while (results.length < count) {
    const length = Math.min(portion, count - results.length)
    const indexes = Array.from({ length }, (_, offset) => results.length + offset)
    results.push(...(await Promise.all(indexes.map(make))))
  }
  return results
}
