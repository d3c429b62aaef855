import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pass, ScriptedBroker } from '../../../test/support/scripted-broker.ts'
import { describeLogDirs } from '../../protocol/describe-log-dirs.ts'
import { errorCodes } from '../../protocol/error-codes.ts'
import { Admin } from './admin.ts'

test('describeLogDirs() tells of a disk that has failed, beside those that have not', async () => {
  const partitions = [{ partitionIndex: 0, partitionSize: 5, offsetLag: 1, isFutureKey: true }]
  const broker = new ScriptedBroker().withTopics({}).on(describeLogDirs, () => ({
    results: [
      { errorCode: errorCodes.KAFKA_STORAGE_ERROR, logDir: '/a', totalBytes: -1, usableBytes: -1 },
      {
        errorCode: 0,
        logDir: '/b',
        topics: [{ name: 'orders', partitions }],
        totalBytes: 9,
        usableBytes: 4,
      },
    ],
  }))
  const listing = new Admin(broker.cluster()).describeLogDirs()
  const found = await pass(broker, (async () => listing)())
  const replica = { topic: 'orders', partition: 0, sizeBytes: 5, offsetLag: 1, isFuture: true }
  const none = { totalBytes: null, usableBytes: null, replicas: [] }
  const disk = { totalBytes: 9, usableBytes: 4, replicas: [replica] }
  assert.deepEqual(found, [
    { broker: 1, path: '/a', isOffline: true, ...none },
    { broker: 1, path: '/b', isOffline: false, ...disk },
  ])
})

test('describeLogDirs() throws where it is not allowed', async () => {
  const errorCode = errorCodes.CLUSTER_AUTHORIZATION_FAILED
  const broker = new ScriptedBroker()
    .withTopics({})
    .on(describeLogDirs, () => ({ errorCode, results: [] }))
  const listing = new Admin(broker.cluster()).describeLogDirs()
  await assert.rejects(pass(broker, (async () => listing)()), { code: 'unauthorized' })
})

test('describeCluster() asks a broker that lacks DescribeCluster for metadata', async () => {
  const broker = new ScriptedBroker().withTopics({})
  const found = await new Admin(broker.cluster()).describeCluster()
  const brokers = [{ id: 1, host: 'broker-1', port: 9092, rack: null }]
  assert.deepEqual(found, { id: 'scripted', controller: 1, brokers })
})
