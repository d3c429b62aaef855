import assert from 'node:assert/strict'
import { test } from 'node:test'
import { batchOf, BrokerHarness, newPeer, settle } from '../../test/support/broker-harness.ts'
import { sampleOf } from '../../test/support/codec-samples.ts'
import { seededRandom } from '../../test/support/random.ts'
import { ByteReader, MalformedBytesError } from '../bytes/reader.ts'
import { ByteWriter } from '../bytes/writer.ts'
import { encodingOf, readWhole } from '../protocol/api.ts'
import { apiVersions } from '../protocol/api-versions.ts'
import { readResponseHeader, writeRequestHeader } from '../protocol/client-header.ts'
import { consumerGroupHeartbeat } from '../protocol/consumer-group-heartbeat.ts'
import { createTopics } from '../protocol/create-topics.ts'
import { describeCluster } from '../protocol/describe-cluster.ts'
import { errorCodes } from '../protocol/error-codes.ts'
import { initProducerId } from '../protocol/init-producer-id.ts'
import { metadata } from '../protocol/metadata.ts'
import { RefusedRequestError } from '../connection/request-handler.ts'
import { readWholeFile } from '../storage/whole-file.ts'
import { advertisedApis, handlerOf } from './handlers.ts'

test('every advertised version of every API is answered in its own layout', async () => {
  const random = seededRandom()
  for (const { apiKey, maxVersion } of advertisedApis) {
    const { api, min } = handlerOf(apiKey)!
    for (let version = min; version <= maxVersion; version++) {
      const harness = new BrokerHarness()
      const writer = new ByteWriter()
      writeRequestHeader(writer, { api, version, correlationId: 7, clientId: null })
      api.request.write(
        writer,
        sampleOf(api.request, random, encodingOf(api, version)),
        encodingOf(api, version),
      )
      const what = `${api.name} v${version}, SEED=${random.seed}`
      const { peer, disconnect } = newPeer()
      let reply
      try {
        reply = harness.broker.handle(writer.finish(), peer)
      } catch (error) {
        // A produce request with acks=0 that fails has nowhere else to put its error.
        if (!(error instanceof RefusedRequestError)) throw new Error(what, { cause: error })
        continue
      }
      await settle()
      harness.clock.advance(60 * 60 * 1000)
      disconnect()
      const frame = await reply
      if (!frame) continue
      const reader = new ByteReader(Uint8Array.from(Buffer.concat(frame)))
      assert.equal(readResponseHeader(reader, api, version), 7, what)
      readWhole(api.response, reader, encodingOf(api, version))
    }
  }
})

test('a message that is cut off anywhere is malformed, and does nothing', () => {
  const random = seededRandom()
  for (const { apiKey, maxVersion: version } of advertisedApis) {
    const { api } = handlerOf(apiKey)!
    const harness = new BrokerHarness()
    const topicsBefore = harness.broker.describeTopics()
    const writer = new ByteWriter()
    writeRequestHeader(writer, { api, version, correlationId: 7, clientId: 'test' })
    api.request.write(
      writer,
      sampleOf(api.request, random, encodingOf(api, version)),
      encodingOf(api, version),
    )
    const whole = writer.finish()
    for (let length = 0; length < whole.length; length++) {
      const what = `${api.name} v${version} cut to ${length}, SEED=${random.seed}`
      const cut = whole.slice(0, length)
      assert.throws(() => harness.broker.handle(cut, newPeer().peer), MalformedBytesError, what)
    }
    assert.deepEqual(harness.broker.describeTopics(), topicsBefore)
  }
})

test('a version of ApiVersions that is too new is answered with what to ask instead', async () => {
  const harness = new BrokerHarness()
  const writer = new ByteWriter()
  writer.int16(apiVersions.key)
  writer.int16(99)
  writer.int32(7)
  writer.int16(-1)
  const frame = await harness.broker.handle(writer.finish(), newPeer().peer)
  const reader = new ByteReader(Uint8Array.from(Buffer.concat(frame!)))
  assert.equal(reader.int32(), 7)
  const answer = readWhole(apiVersions.response, reader, encodingOf(apiVersions, 0))
  assert.equal(answer.errorCode, errorCodes.UNSUPPORTED_VERSION)
  assert.ok(answer.apiKeys.some(({ apiKey }) => apiKey === apiVersions.key))
})

test('an API or version that is not served ends the connection', () => {
  const harness = new BrokerHarness()
  for (const [key, version] of [
    [999, 0],
    [0, 2],
    [3, 99],
    [-1, 0],
  ] as const) {
    const writer = new ByteWriter()
    writer.int16(key)
    writer.int16(version)
    writer.int32(7)
    writer.int16(-1)
    const message = writer.finish()
    assert.throws(() => harness.broker.handle(message, newPeer().peer), {
      name: 'RefusedRequestError',
    })
  }
})

test('topics, their ids and configs, the cluster and producer ids outlive a restart', async () => {
  const harness = new BrokerHarness()
  const configs = [{ name: 'retention.ms', value: '1234' }]
  const topics = [{ name: 't', numPartitions: 3, replicationFactor: -1, configs }]
  const created = await harness.request(createTopics, 7, { topics })
  assert.deepEqual([created.topics[0]!.errorCode, created.topics[0]!.numPartitions], [0, 3])
  const producer = { transactionalId: null, transactionTimeoutMs: 1000 }
  const first = await harness.request(initProducerId, 4, producer)
  const cluster = await harness.request(describeCluster, 1, {})
  await harness.restart()

  const known = await harness.request(metadata, 12, { topics: [{ name: 't' }] })
  assert.equal(known.topics[0]!.topicId, created.topics[0]!.topicId)
  assert.equal(known.topics[0]!.partitions.length, 3)
  assert.equal((await harness.request(describeCluster, 1, {})).clusterId, cluster.clusterId)
  const next = await harness.request(initProducerId, 4, producer)
  assert.ok(next.producerId > first.producerId)
  assert.deepEqual(harness.failures, [])
})

test('a broker that is closed refuses requests, and leaves no timer behind', async () => {
  const harness = new BrokerHarness()
  await harness.createTopic('t')
  const joining = { rebalanceTimeoutMs: 10_000, subscribedTopicNames: ['t'], topicPartitions: [] }
  const asked = { groupId: 'g', memberId: 'm', memberEpoch: 0, ...joining }
  const { memberEpoch } = await harness.request(consumerGroupHeartbeat, 1, asked)
  await harness.broker.close()
  const heartbeat = { groupId: 'g', memberId: 'm', memberEpoch }
  await assert.rejects(
    harness.request(consumerGroupHeartbeat, 1, heartbeat),
    (error) => error instanceof RefusedRequestError,
  )
  assert.equal(harness.clock.waitingCount, 0)
})

test('metadata creates a topic only where client and broker both want that', async () => {
  const ask = async (harness: BrokerHarness, allowAutoTopicCreation: boolean): Promise<number> => {
    const request = { topics: [{ name: 't' }], allowAutoTopicCreation }
    return (await harness.request(metadata, 9, request)).topics[0]!.errorCode
  }
  const unknown = errorCodes.UNKNOWN_TOPIC_OR_PARTITION
  assert.equal(await ask(new BrokerHarness(), false), unknown)
  assert.equal(await ask(new BrokerHarness({ broker: { autoCreateTopics: false } }), true), unknown)
  assert.equal(await ask(new BrokerHarness(), true), errorCodes.NONE)
})

test('createTopics refuses bad names, counts and configs, each for itself', async () => {
  const harness = new BrokerHarness()
  const topic = { name: 'ok.a', numPartitions: 1, replicationFactor: 1 }
  const cases: readonly [object, string][] = [
    [{ name: 'ok.a' }, 'NONE'],
    [{ name: 'ok_a' }, 'INVALID_TOPIC_EXCEPTION'],
    [{ name: '' }, 'INVALID_TOPIC_EXCEPTION'],
    [{ name: '..' }, 'INVALID_TOPIC_EXCEPTION'],
    [{ name: '../etc/passwd' }, 'INVALID_TOPIC_EXCEPTION'],
    [{ name: 'x'.repeat(250) }, 'INVALID_TOPIC_EXCEPTION'],
    [{ name: 'b', numPartitions: 0 }, 'INVALID_PARTITIONS'],
    [{ name: 'c', replicationFactor: 3 }, 'INVALID_REPLICATION_FACTOR'],
    [{ name: 'd', configs: [{ name: 'nope', value: '1' }] }, 'INVALID_CONFIG'],
    [{ name: 'e', configs: [{ name: 'retention.ms', value: 'soon' }] }, 'INVALID_CONFIG'],
  ]
  const topics = cases.map(([change]) => ({ ...topic, ...change }))
  const answer = await harness.request(createTopics, 7, { topics })
  const names = answer.topics.map(({ errorCode }) => errorCode)
  assert.deepEqual(
    names,
    cases.map(([, name]) => errorCodes[name as keyof typeof errorCodes]),
  )
  const again = await harness.request(createTopics, 7, { topics: [topic] })
  assert.equal(again.topics[0]!.errorCode, errorCodes.TOPIC_ALREADY_EXISTS)
})

test('topics that are deleted are at once not noted as compacted any more', async () => {
  const harness = new BrokerHarness()
  const configs = { 'cleanup.policy': 'compact', 'segment.bytes': '400' }
  for (const topic of ['t', 'u']) {
    await harness.createTopic(topic, { configs })
    for (let count = 0; count < 40; count++) {
      const record = { key: 'key', value: `${count}`.padEnd(30), timestamp: 1 }
      await harness.send(topic, 0, batchOf([record]))
    }
  }
  const noted = (): string => {
    const bytes = readWholeFile(harness.storage, 'cleaner-offset-checkpoint')
    return new TextDecoder().decode(bytes)
  }
  for (let turn = 0; !noted().startsWith('0\n2') && turn < 1000; turn++) {
    harness.clock.advance(15_000)
    await settle()
  }
  assert.match(noted(), /^0\n2\n/)
  await Promise.all([harness.deleteTopic('t'), harness.deleteTopic('u')])
  await settle()
  assert.equal(noted(), '0\n0\n')
  await harness.broker.close()
})
