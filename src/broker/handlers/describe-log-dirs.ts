/** DescribeLogDirs: how large each partition is, in the one data folder of this broker. */

import type { ResponseInputOf } from '../../protocol/api.ts'
import type { describeLogDirs } from '../../protocol/describe-log-dirs.ts'
import { errorCodes } from '../../protocol/error-codes.ts'
import type { Handler } from '../request-context.ts'
import { may, refused } from '../security/access.ts'
import type { Topic } from '../topic-table.ts'

type Result = ResponseInputOf<typeof describeLogDirs>['results'][number]
type TopicResult = NonNullable<Result['topics']>[number]

/** The broker does not know where its storage is, and clients need not. */
export const logDir = 'data'

export const handleDescribeLogDirs: Handler<typeof describeLogDirs> = (request, context) => {
  const { broker } = context
  if (!may(context, 'describe', 'cluster')) {
    return { errorCode: refused('cluster').errorCode, results: [] }
  }
  const all = [...broker.topics.all()]
  const topics =
    request.topics === null
      ? all.map((topic) => describe(topic))
      : [...Map.groupBy(request.topics, ({ topic }) => topic)].flatMap(([name, asked]) => {
          const topic = broker.topics.byName(name)
          const wanted = asked.flatMap(({ partitions }) => partitions)
          return topic ? [describe(topic, new Set(wanted))] : []
        })
  const found = topics.filter(({ partitions }) => partitions.length > 0)
  return { results: [{ errorCode: errorCodes.NONE, logDir, topics: found }] }
}

/** @param wanted the partitions to describe; all where it is left out */
function describe({ name, partitions }: Topic, wanted?: ReadonlySet<number>): TopicResult {
  const sizes = partitions.map(({ sizeBytes }, partitionIndex) => {
    return { partitionIndex, partitionSize: sizeBytes }
  })
  return {
    name,
    partitions: sizes.filter(({ partitionIndex }) => wanted?.has(partitionIndex) ?? true),
  }
}
