/** What a client may ask for, and what it costs others. */

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { ByteWriter } from '../../src/bytes/writer.ts'
import { encodingOf, type Api } from '../../src/protocol/api.ts'
import { writeRequestHeader } from '../../src/protocol/client-header.ts'
import { consumerGroupDescribe } from '../../src/protocol/consumer-group-describe.ts'
import { createTopics } from '../../src/protocol/create-topics.ts'
import { describeConfigs } from '../../src/protocol/describe-configs.ts'
import { describeGroups } from '../../src/protocol/describe-groups.ts'
import { describeLogDirs } from '../../src/protocol/describe-log-dirs.ts'
import { describeProducers } from '../../src/protocol/describe-producers.ts'
import { describeTransactions } from '../../src/protocol/describe-transactions.ts'
import { fetch } from '../../src/protocol/fetch.ts'
import { joinGroup } from '../../src/protocol/join-group.ts'
import { listOffsets } from '../../src/protocol/list-offsets.ts'
import { metadata } from '../../src/protocol/metadata.ts'
import { produce } from '../../src/protocol/produce.ts'
import { updateFeatures } from '../../src/protocol/update-features.ts'
import { batchOf } from '../support/broker-harness.ts'
import { framed, nextFrame, startHostileServer, type HostileServer } from './hostile-server.ts'

let hostile: HostileServer

before(async () => {
  hostile = await startHostileServer({ maxPartitions: 50 })
  const topics = [{ name: 't', numPartitions: 1, replicationFactor: 1 }]
  await ask(createTopics, 7, { topics })
  const partitionData = [{ index: 0, records: batchOf(['x'.repeat(1000)]) }]
  await ask(produce, 9, { acks: -1, timeoutMs: 0, topicData: [{ name: 't', partitionData }] })
})
after(() => hostile.close())

function frameOf<Request, Response, Input, ResponseInput>(
  api: Api<Request, Response, Input, ResponseInput>,
  version: number,
  body: Input,
  clientId: string | null = null,
): Buffer {
  const writer = new ByteWriter()
  writeRequestHeader(writer, { api, version, correlationId: 9, clientId })
  api.request.write(writer, body, encodingOf(api, version))
  return framed(writer.finish())
}

async function ask<Request, Response, Input, ResponseInput>(
  api: Api<Request, Response, Input, ResponseInput>,
  version: number,
  body: Input,
): Promise<Buffer> {
  const socket = await hostile.dial()
  socket.write(frameOf(api, version, body))
  const answer = await nextFrame(socket)
  socket.destroy()
  return answer
}

const fetchOf = (count: number, more: object = {}) => ({
  maxWaitMs: 0,
  minBytes: 1,
  topics: [
    {
      topic: 't',
      partitions: Array.from({ length: count }, () => ({
        partition: 0,
        fetchOffset: 0,
        partitionMaxBytes: 2 ** 31 - 1,
      })),
    },
  ],
  ...more,
})

test('a fetch that names a partition ten thousand times is given it once', async () => {
  const answer = await ask(fetch, 11, fetchOf(10_000))
  assert.ok(answer.length < 2000, `${answer.length} bytes`)
  await hostile.check()
})

test('a fetch that waits for 2³¹ - 1 ms, and more bytes than there are, waits for its client alone', async () => {
  const wanted = { maxWaitMs: 2 ** 31 - 1, minBytes: 2 ** 31 - 1 }
  const sockets = await Promise.all(Array.from({ length: 100 }, () => hostile.dial()))
  for (const socket of sockets) socket.write(frameOf(fetch, 11, fetchOf(100, wanted)))
  await hostile.check()
  const partitionData = [{ index: 0, records: batchOf(['y']) }]
  await ask(produce, 9, { acks: -1, timeoutMs: 0, topicData: [{ name: 't', partitionData }] })
  for (const socket of sockets) socket.destroy()
  await hostile.check()
})

test('ten thousand looks for a time in one partition are none', async () => {
  const partitions = Array.from({ length: 10_000 }, () => ({ partitionIndex: 0, timestamp: 1 }))
  await ask(listOffsets, 7, { topics: [{ name: 't', partitions }] })
  await hostile.check()
})

test('what is described is described once, however often a request names it', async () => {
  const often = <Value>(value: Value): Value[] => Array.from({ length: 10_000 }, () => value)
  const topic = { name: 't', partitionIndexes: [0] }
  const answers = await Promise.all([
    ask(describeConfigs, 4, { resources: often({ resourceType: 2, resourceName: 't' }) }),
    ask(describeLogDirs, 4, { topics: often({ topic: 't', partitions: [0] }) }),
    ask(describeProducers, 0, { topics: often(topic) }),
    ask(describeTransactions, 0, { transactionalIds: often('t') }),
    ask(describeGroups, 5, { groups: often('t') }),
    ask(consumerGroupDescribe, 0, { groupIds: often('t') }),
  ])
  for (const answer of answers) assert.ok(answer.length < 4000, `${answer.length} bytes`)
  await hostile.check()
})

test('a hundred thousand names of what there is not take no more than reading them', async () => {
  const names = Array.from({ length: 100_000 }, (_, index) => `name-${index}`)
  await ask(describeGroups, 5, { groups: names })
  const featureUpdates = names.map((feature) => ({ feature, maxVersionLevel: 1, upgradeType: 1 }))
  await ask(updateFeatures, 1, { featureUpdates })
  await hostile.check()
})

test('a client that does not read its answers is not read from', async () => {
  const greedy = await hostile.dial()
  greedy.pause()
  const one = frameOf(metadata, 12, { topics: null }, 'x'.repeat(1000))
  const requests = Buffer.concat(Array.from({ length: 1000 }, () => one))
  const before = process.memoryUsage()
  for (let round = 0; round < 25; round++) greedy.write(requests)
  for (let round = 0; round < 10; round++) await hostile.check()
  const now = process.memoryUsage()
  // What we have written ourselves and is still here counts as well.
  const ownBytes = greedy.writableLength
  const grownBytes = now.heapUsed + now.external - before.heapUsed - before.external - ownBytes
  assert.ok(grownBytes < 64 * 1024 * 1024, `${grownBytes} bytes`)
  assert.ok(ownBytes > 0, 'the server has read everything')
  greedy.destroy()
  await hostile.check()
})

test('three hundred connections that say nothing leave room for one that does', async () => {
  const idle = await Promise.all(Array.from({ length: 300 }, () => hostile.dial()))
  await hostile.check()
  for (const socket of idle) socket.destroy()
})

test('topics come to an end where there are as many partitions as there may be', async () => {
  const topics = Array.from({ length: 100 }, (_, index) => ({
    name: `many-${index}`,
    numPartitions: 1,
    replicationFactor: 1,
  }))
  await ask(createTopics, 7, { topics })
  assert.ok(hostile.server.url.length > 0)
  await hostile.check()
})

test('three hundred members that leave without a word leave nothing behind', async () => {
  const joins = Array.from({ length: 300 }, async (_, index) => {
    const socket = await hostile.dial()
    const body = {
      groupId: `group-${index % 10}`,
      sessionTimeoutMs: 6000,
      rebalanceTimeoutMs: 2 ** 31 - 1,
      memberId: '',
      protocolType: 'consumer',
      protocols: [{ name: 'range', metadata: new Uint8Array(100) }],
    }
    socket.write(frameOf(joinGroup, 3, body))
    return socket
  })
  for (const socket of await Promise.all(joins)) socket.destroy()
  await hostile.check()
})
