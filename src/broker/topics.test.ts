import assert from 'node:assert/strict'
import { test } from 'node:test'
import { batchOf, BrokerHarness, settle } from '../../test/support/broker-harness.ts'
import { FaultStorage } from '../../test/support/fault-storage.ts'
import { seededRandom } from '../../test/support/random.ts'
import { logConfigDefaults } from '../log/log-config.ts'
import { DamagedLogError } from '../log/log-error.ts'
import { LogManager } from '../log/log-manager.ts'
import { repairFolder } from '../log/recovery/repair-folder.ts'
import { createPartitions } from '../protocol/create-partitions.ts'
import { createTopics } from '../protocol/create-topics.ts'
import { deleteTopics } from '../protocol/delete-topics.ts'
import { describeConfigs } from '../protocol/describe-configs.ts'
import { errorCodes } from '../protocol/error-codes.ts'
import { incrementalAlterConfigs } from '../protocol/incremental-alter-configs.ts'
import { metadata } from '../protocol/metadata.ts'
import { offsetCommit } from '../protocol/offset-commit.ts'
import { produce } from '../protocol/produce.ts'
import { encodeMetadataRecord } from '../protocol/records/metadata-record.ts'
import { nodeCodecs } from '../record/node-compression.ts'
import { silentLogger } from '../runtime/runtime.ts'
import { MemoryStorage } from '../storage/memory-storage.ts'
import type { Storage, StorageFile } from '../storage/storage.ts'
import { readWholeFile } from '../storage/whole-file.ts'
import { StateLog } from './state-log.ts'

const dayMs = 24 * 60 * 60 * 1000

interface Creation {
  readonly name?: string
  readonly numPartitions?: number
  readonly configs?: { name: string; value: string }[]
}

async function create(harness: BrokerHarness, creation: Creation = {}) {
  const topic = { name: 't', numPartitions: 1, replicationFactor: -1, ...creation }
  const { topics } = await harness.request(createTopics, 7, { topics: [topic] })
  return topics[0]!
}

async function grow(harness: BrokerHarness, count: number) {
  const topics = [{ name: 't', count, assignments: null }]
  const request = { topics, timeoutMs: 1000, validateOnly: false }
  return (await harness.request(createPartitions, 3, request)).results[0]!
}

/** Returns the topics of clients, as `name:partitions`. */
async function topicsOf(harness: BrokerHarness): Promise<string[]> {
  const { topics } = await harness.request(metadata, 12, { topics: null })
  const listed = topics.filter(({ isInternal }) => !isInternal)
  return listed.map(({ name, partitions }) => `${name}:${partitions.length}`).sort()
}

async function configOf(
  harness: BrokerHarness,
  name: string,
  resourceName = 't',
): Promise<string | null> {
  const resource = { resourceType: 2, resourceName, configurationKeys: [name] }
  const { results } = await harness.request(describeConfigs, 4, { resources: [resource] })
  return results[0]!.configs[0]!.value
}

test('topics, counts and configs are kept however old their records are', async () => {
  const harness = new BrokerHarness()
  await create(harness, { numPartitions: 2, configs: [{ name: 'retention.ms', value: '77' }] })
  for (let round = 0; round < 2; round++) {
    harness.clock.advance(30 * dayMs)
    await settle()
    await harness.restart()
  }
  assert.deepEqual(await topicsOf(harness), ['t:2'])
  assert.equal(await configOf(harness, 'retention.ms'), '77')
})

test('configs that only an Apache Kafka knows stop no broker, and can be taken back', async () => {
  const harness = new BrokerHarness()
  await create(harness, { configs: [{ name: 'retention.ms', value: '77' }] })
  const alter = async (name: string, value: string | null): Promise<number> => {
    const configs = [{ name, configOperation: value === null ? 1 : 0, value }]
    const resources = [{ resourceType: 2, resourceName: 't', configs }]
    const { responses } = await harness.request(incrementalAlterConfigs, 1, { resources })
    return responses[0]!.errorCode
  }
  await harness.broker.close()
  await setAsKafka(harness, { name: 'remote.storage.enable', value: 'false' })
  await setAsKafka(harness, { name: 'segment.bytes', value: '1' })
  await harness.restart()
  assert.equal(await configOf(harness, 'retention.ms'), '77')
  assert.equal(await alter('segment.bytes', '1000'), 0)
  assert.equal(await alter('remote.storage.enable', 'true'), errorCodes.INVALID_CONFIG)
  assert.equal(await alter('remote.storage.enable', null), 0)
})

/** Writes a config of topic `t` that is not looked at, while the broker is away. */
async function setAsKafka(
  { storage, clock }: BrokerHarness,
  config: { readonly name: string; readonly value: string },
): Promise<void> {
  const options = { flush: 'ack', config: logConfigDefaults, codecs: nodeCodecs } as const
  const parts = { storage, clock, logger: silentLogger, random: seededRandom() }
  const logs = LogManager.open({ ...parts, ...options, onFailure: assert.fail })
  const value = { resourceType: 2, resourceName: 't', ...config }
  const record = encodeMetadataRecord({ type: 'configRecord', value })
  const log = logs.get('__cluster_metadata', 0)!
  await new StateLog({ log, clock }).append([{ key: null, value: record }])
  await logs.close()
}

test('deleted topics stay deleted, and so does what was in them', async () => {
  const harness = new BrokerHarness()
  const { topicId } = await create(harness, { numPartitions: 3 })
  await harness.request(deleteTopics, 6, { topics: [{ name: null, topicId }], timeoutMs: 1000 })
  assert.deepEqual(await topicsOf(harness), [])
  await create(harness)
  await harness.restart()
  assert.deepEqual(await topicsOf(harness), ['t:1'])
  assert.ok(!harness.storage.list('').some((folder) => /^t-[12]/.test(folder)))
})

test('names of the broker are not given to clients, however they ask', async () => {
  const harness = new BrokerHarness()
  for (const name of ['__cluster_metadata', '__transaction_state']) {
    const isMetadata = name === '__cluster_metadata'
    const refused = isMetadata ? 'INVALID_REQUEST' : 'INVALID_TOPIC_EXCEPTION'
    assert.equal((await create(harness, { name })).errorCode, errorCodes[refused])
    const { topics } = await harness.request(metadata, 12, { topics: [{ name }] })
    assert.equal(topics[0]!.errorCode, errorCodes.INVALID_TOPIC_EXCEPTION)
  }
})

test('checkCreate() keeps to the number of partitions that the broker may have', async () => {
  // One is that of __consumer_offsets.
  const harness = new BrokerHarness({ broker: { maxPartitions: 4 } })
  assert.equal((await create(harness, { numPartitions: 4 })).errorCode, errorCodes.POLICY_VIOLATION)
  assert.equal((await create(harness, { numPartitions: 3 })).errorCode, errorCodes.NONE)
  assert.equal((await create(harness, { name: 'u' })).errorCode, errorCodes.POLICY_VIOLATION)
  await harness.request(deleteTopics, 4, { topicNames: ['t'], timeoutMs: 1000 })
  assert.equal((await create(harness, { name: 'u' })).errorCode, errorCodes.NONE)
})

test('create() of more partitions than fit a batch of usual size is still one change', async () => {
  const harness = new BrokerHarness()
  const partitions = 18_500
  await harness.createTopic('t', { partitions })
  await harness.restart()
  const topic = harness.broker.describeTopics().find(({ name }) => name === 't')
  assert.equal(topic?.partitionCount, partitions)
})

/** Memory that refuses new files in folders that match. */
class FullStorage extends MemoryStorage implements Storage {
  readonly #full: RegExp
  isFull = true

  constructor(full: RegExp) {
    super()
    this.#full = full
  }

  override open(path: string): StorageFile {
    if (this.isFull && this.#full.test(path)) throw new Error('too many open files')
    return super.open(path)
  }
}

test('create() whose folders cannot be made leaves no topic behind', async () => {
  const storage = new FullStorage(/^t-2/)
  const harness = new BrokerHarness({ storage })
  const refused = await create(harness, { numPartitions: 3 })
  assert.equal(refused.errorCode, errorCodes.KAFKA_STORAGE_ERROR)
  assert.deepEqual(await topicsOf(harness), [])
  storage.isFull = false
  assert.equal((await create(harness, { numPartitions: 3 })).errorCode, errorCodes.NONE)
  await harness.restart()
  assert.deepEqual(await topicsOf(harness), ['t:3'])
})

const metadataLog = /^__cluster_metadata-0/

for (const what of ['folder', 'record'] as const) {
  test(`addPartitions() whose ${what} the disk does not take changes nothing`, async () => {
    const storage = new FaultStorage()
    const harness = new BrokerHarness({ storage })
    await create(harness, { numPartitions: 2 })
    const full = what === 'folder' ? /^t-3/ : metadataLog
    const failing = what === 'folder' ? 'open' : 'append'
    storage.failWhen((call, _, path) => call === failing && full.test(path))
    assert.equal((await grow(harness, 5)).errorCode, errorCodes.KAFKA_STORAGE_ERROR)
    assert.deepEqual(await topicsOf(harness), ['t:2'])
    await settle()
    const folders = (): string[] => storage.list('').filter((name) => name.startsWith('t-'))
    assert.deepEqual(folders(), ['t-0', 't-1'])
    storage.failWhen(() => false)
    assert.equal((await grow(harness, 5)).errorCode, errorCodes.NONE)
    await harness.restart()
    assert.deepEqual(await topicsOf(harness), ['t:5'])
    assert.equal(folders().length, 5)
  })
}

test('create() leaves nothing behind where the record does not fit either', async () => {
  const storage = new FaultStorage()
  const harness = new BrokerHarness({ storage })
  await harness.broker.whenReady()
  storage.failWhen((call, _, path) => call === 'append' && metadataLog.test(path))
  const refused = await create(harness, { numPartitions: 2 })
  assert.equal(refused.errorCode, errorCodes.KAFKA_STORAGE_ERROR)
  assert.deepEqual(await topicsOf(harness), [])
  await settle()
  assert.ok(!storage.list('').some((folder) => folder.startsWith('t-')))
})

/** Ends the broker as a crash does that came before the metadata was on the disk. */
async function loseMetadata(harness: BrokerHarness): Promise<BrokerHarness> {
  await harness.broker.close()
  const { storage } = harness
  storage.remove('__cluster_metadata-0')
  // Until an operator says so, a start refuses to go on without it.
  assert.throws(() => new BrokerHarness({ storage }), DamagedLogError)
  await repairFolder({ storage, logger: silentLogger })
  return new BrokerHarness({ storage })
}

test('open() takes in a folder with records that no metadata tells of', async () => {
  const harness = new BrokerHarness()
  const { topicId } = await create(harness, { numPartitions: 2 })
  const partitionData = [{ index: 1, records: batchOf(['a']) }]
  const topicData = [{ name: 't', partitionData }]
  await harness.request(produce, 9, { acks: -1, timeoutMs: 1000, topicData })
  const next = await loseMetadata(harness)
  assert.deepEqual(await topicsOf(next), ['t:2'])
  await next.restart()
  assert.deepEqual(await topicsOf(next), ['t:2'])
  const { topics } = await next.request(metadata, 12, { topics: [{ name: 't' }] })
  assert.equal(topics[0]!.topicId, topicId)
})

test('open() takes topics in without what would delete old records of them', async () => {
  const harness = new BrokerHarness()
  await create(harness)
  await harness.send('t', 0, batchOf(['a']))
  const partitions = [{ partitionIndex: 0, committedOffset: 1, committedMetadata: '' }]
  const committed = { groupId: 'g', memberId: '', topics: [{ name: 't', partitions }] }
  await harness.request(offsetCommit, 8, committed)
  const next = await loseMetadata(harness)
  const policyOfOffsets = async () => await configOf(next, 'cleanup.policy', '__consumer_offsets')
  assert.equal(await configOf(next, 'retention.ms'), '-1')
  assert.equal(await policyOfOffsets(), 'compact')
  await next.restart()
  assert.equal(await configOf(next, 'retention.bytes'), '-1')
  assert.equal(await policyOfOffsets(), 'compact')
})

test('open() leaves alone what is called as a partition, and is a backup', async () => {
  const harness = new BrokerHarness()
  await create(harness)
  const { storage } = harness
  await harness.send('t', 0, batchOf(['a']))
  await harness.broker.close()
  for (const name of storage.list('t-0')) {
    const bytes = readWholeFile(storage, `t-0/${name}`)!
    for (const folder of ['t-copy-0', 'backup-20260101/t-0']) {
      storage.open(`${folder}/${name}`).append(bytes)
    }
  }
  const next = new BrokerHarness({ storage })
  assert.deepEqual(await topicsOf(next), ['t:1'])
  await next.restart()
  await next.deleteTopic('t')
  await next.restart()
  for (const folder of ['t-copy-0', 'backup-20260101/t-0']) {
    const log = readWholeFile(storage, `${folder}/00000000000000000000.log`)
    assert.equal(log?.length, batchOf(['a']).length)
  }
})

test('open() removes folders without records whose creation nobody was told of', async () => {
  const harness = new BrokerHarness()
  await create(harness, { numPartitions: 2 })
  const next = await loseMetadata(harness)
  assert.deepEqual(await topicsOf(next), [])
  await next.broker.close()
  assert.ok(!next.storage.list('').some((folder) => folder.startsWith('t-')))
})

test('open() removes folders of deleted topics that a power failure has brought back', async () => {
  const harness = new BrokerHarness()
  const topicId = await harness.createTopic('t')
  await harness.send('t', 0, batchOf(['a']))
  const { storage } = harness
  const files = storage.list('t-0').map((name) => {
    const file = storage.open(`t-0/${name}`)
    const bytes = new Uint8Array(file.sizeBytes)
    file.read(0, bytes)
    return { name, bytes }
  })
  await harness.request(deleteTopics, 6, { topics: [{ name: null, topicId }], timeoutMs: 1000 })
  await harness.broker.close()
  for (const { name, bytes } of files) storage.open(`t-0/${name}`).append(bytes)
  const next = new BrokerHarness({ storage })
  assert.deepEqual(await topicsOf(next), [])
  await next.broker.close()
  assert.ok(!storage.list('').some((folder) => folder.startsWith('t-')))
})

test('open() goes on with a deletion that a power failure took from the metadata', async () => {
  const harness = new BrokerHarness()
  const topicId = await harness.createTopic('t', { partitions: 2 })
  for (const partition of [0, 1]) await harness.send('t', partition, batchOf(['a']))
  await harness.broker.close()
  const { storage } = harness
  storage.rename('t-0', `t-0.${topicId}-delete`)
  const next = new BrokerHarness({ storage })
  assert.deepEqual(await topicsOf(next), [])
  await create(next, { numPartitions: 2 })
  await next.restart()
  assert.deepEqual(await topicsOf(next), ['t:2'])
  const folders = storage.list('').filter((folder) => folder.startsWith('t-'))
  assert.deepEqual(folders, ['t-0', 't-1'])
})

test('open() goes on with a deletion on a disk that is full of what is deleted', async () => {
  const storage = new FaultStorage()
  const harness = new BrokerHarness({ storage })
  const topicId = await harness.createTopic('t')
  await harness.send('t', 0, batchOf(['a']))
  await harness.broker.close()
  const aside = `t-0.${topicId}-delete`
  storage.rename('t-0', aside)
  storage.failWhen((call) => call === 'append' && storage.list(aside).length > 0)
  const next = new BrokerHarness({ storage })
  assert.deepEqual(await topicsOf(next), [])
  await next.restart()
  assert.ok(!storage.list('').some((folder) => folder.startsWith('t-')))
})

test('open() tells of groups that an Apache Kafka has kept in other partitions', async () => {
  const harness = new BrokerHarness()
  await create(harness)
  const partitions = [{ partitionIndex: 0, committedOffset: 1, committedMetadata: '' }]
  const committed = { groupId: 'g', memberId: '', topics: [{ name: 't', partitions }] }
  await harness.request(offsetCommit, 8, committed)
  const { storage } = harness
  for (const name of storage.list('__consumer_offsets-0')) {
    const bytes = readWholeFile(storage, `__consumer_offsets-0/${name}`)!
    storage.open(`__consumer_offsets-1/${name}`).append(bytes)
  }
  await (await loseMetadata(harness)).broker.close()
  const warnings: string[] = []
  const logger = { ...silentLogger, warn: (message: string) => void warnings.push(message) }
  const next = new BrokerHarness({ storage, logger })
  assert.deepEqual(warnings, ['only the first partition of a topic of the broker is read'])
  await next.broker.close()
})

test('delete() makes room for its record where the disk is full', async () => {
  const storage = new FaultStorage()
  const harness = new BrokerHarness({ storage })
  await harness.createTopic('t', { configs: { 'segment.bytes': '200' } })
  for (let count = 0; count < 5; count++) await harness.send('t', 0, batchOf(['a'.repeat(90)]))
  const hasIndexes = (): boolean => storage.list('t-0').some((name) => name.endsWith('index'))
  assert.ok(hasIndexes())
  storage.failWhen((call) => {
    if (call !== 'append' || !hasIndexes()) return false
    throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' })
  })
  await harness.deleteTopic('t')
  assert.deepEqual(await topicsOf(harness), [])
  await harness.broker.close()
  assert.ok(!storage.list('').some((folder) => folder.startsWith('t-')))
})
