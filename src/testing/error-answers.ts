/** What a broker answers where it refuses a whole request: the answers that tests can ask for. */

import { consumerGroupHeartbeat } from '../protocol/consumer-group-heartbeat.ts'
import { createTopics } from '../protocol/create-topics.ts'
import type { Api } from '../protocol/api.ts'
import { endTxn } from '../protocol/end-txn.ts'
import { fetch } from '../protocol/fetch.ts'
import { initProducerId } from '../protocol/init-producer-id.ts'
import { listOffsets } from '../protocol/list-offsets.ts'
import { offsetCommit } from '../protocol/offset-commit.ts'
import { offsetFetch } from '../protocol/offset-fetch.ts'
import { produce } from '../protocol/produce.ts'

interface ErrorAnswer {
  readonly api: Api
  readonly of: (request: never, errorCode: number) => unknown
}

function entry<Request, Response, Input, ResponseInput>(
  api: Api<Request, Response, Input, ResponseInput>,
  of: (request: Request, errorCode: number) => ResponseInput,
): ErrorAnswer {
  return { api: api as unknown as Api, of }
}

export const errorAnswers = {
  Produce: entry(produce, ({ topicData }, errorCode) => ({
    responses: topicData.map(({ name, topicId, partitionData }) => ({
      name,
      topicId,
      partitionResponses: partitionData.map(({ index }) => ({ index, errorCode })),
    })),
  })),
  Fetch: entry(fetch, ({ topics }, errorCode) => ({
    responses: topics.map(({ topic, topicId, partitions }) => ({
      topic,
      topicId,
      partitions: partitions.map(({ partition }) => ({ partitionIndex: partition, errorCode })),
    })),
  })),
  ListOffsets: entry(listOffsets, ({ topics }, errorCode) => ({
    topics: topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode })),
    })),
  })),
  OffsetCommit: entry(offsetCommit, ({ topics }, errorCode) => ({
    topics: topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode })),
    })),
  })),
  // Before version 8 there is one group; version 1 has errors for partitions alone.
  OffsetFetch: entry(offsetFetch, ({ topics, groups }, errorCode) => ({
    errorCode,
    topics: (topics ?? []).map(({ name, partitionIndexes }) => ({
      name,
      partitions: partitionIndexes.map((partitionIndex) => {
        return { partitionIndex, committedOffset: -1, metadata: '', errorCode }
      }),
    })),
    groups: groups.map(({ groupId }) => ({ groupId, topics: [], errorCode })),
  })),
  CreateTopics: entry(createTopics, ({ topics }, errorCode) => ({
    topics: topics.map(({ name }) => ({ name, errorCode })),
  })),
  InitProducerId: entry(initProducerId, (_, errorCode) => ({ errorCode })),
  EndTxn: entry(endTxn, (_, errorCode) => ({ errorCode })),
  ConsumerGroupHeartbeat: entry(consumerGroupHeartbeat, (_, errorCode) => ({
    errorCode,
    memberEpoch: 0,
    heartbeatIntervalMs: 0,
  })),
} as const satisfies Readonly<Record<string, ErrorAnswer>>

/** A request that can be made to fail. */
export type FailableApi = keyof typeof errorAnswers
