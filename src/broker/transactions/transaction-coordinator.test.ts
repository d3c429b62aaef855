import assert from 'node:assert/strict'
import { test } from 'node:test'
import { batchOf, BrokerHarness, settle } from '../../../test/support/broker-harness.ts'
import { MemoryStateLog } from '../../../test/support/group-fixture.ts'
import {
  committedOffset,
  readCommitted,
  TransactionalClient,
} from '../../../test/support/transactional-client.ts'
import { describeProducers } from '../../protocol/describe-producers.ts'
import { describeTransactions } from '../../protocol/describe-transactions.ts'
import { errorCodes } from '../../protocol/error-codes.ts'
import { listTransactions } from '../../protocol/list-transactions.ts'
import { writeTxnMarkers } from '../../protocol/write-txn-markers.ts'
import { LogError } from '../../log/log-error.ts'
import { ManualClock } from '../../runtime/manual-clock.ts'
import { silentLogger } from '../../runtime/runtime.ts'
import { newTransaction, type ProducerIdentity } from './transaction.ts'
import { TransactionCoordinator } from './transaction-coordinator.ts'
import { recordOf } from './transaction-log.ts'

const batchAfter = (): Uint8Array => batchOf(['after'])

interface Setting {
  readonly harness: BrokerHarness
  readonly client: TransactionalClient
}

async function setUp(version: 1 | 2, timeoutMs?: number): Promise<Setting> {
  const harness = new BrokerHarness()
  await harness.createTopic('a')
  await harness.createTopic('b')
  const client = new TransactionalClient(harness, 'tx', version)
  assert.equal(await client.initialise(timeoutMs === undefined ? {} : { timeoutMs }), 0)
  return { harness, client }
}

for (const version of [1, 2] as const) {
  const withVersion = `(transactions of version ${version})`

  test(`a transaction shows in all partitions once it is committed ${withVersion}`, async () => {
    const { harness, client } = await setUp(version)
    assert.equal(await client.send('a', 0, ['a1', 'a2']), 0)
    assert.equal(await client.send('b', 0, ['b1']), 0)
    assert.deepEqual(await readCommitted(harness, 'a'), [])
    assert.equal(await client.end(true), 0)
    assert.deepEqual(await readCommitted(harness, 'a'), ['a1', 'a2'])
    assert.deepEqual(await readCommitted(harness, 'b'), ['b1'])
  })

  test(`a transaction that is aborted never shows ${withVersion}`, async () => {
    const { harness, client } = await setUp(version)
    assert.equal(await client.send('a', 0, ['no']), 0)
    assert.equal(await client.end(false), 0)
    assert.equal(await client.send('a', 0, ['yes']), 0)
    assert.equal(await client.end(true), 0)
    assert.deepEqual(await readCommitted(harness, 'a'), ['yes'])
  })

  test(`a producer that takes the id over ends what was open ${withVersion}`, async () => {
    const { harness, client } = await setUp(version)
    assert.equal(await client.send('a', 0, ['old']), 0)
    const other = new TransactionalClient(harness, 'tx', version)
    assert.equal(await other.initialise(), 0)
    assert.ok(other.producerEpoch > client.producerEpoch)
    const refusal = version === 1 ? errorCodes.PRODUCER_FENCED : errorCodes.INVALID_PRODUCER_EPOCH
    assert.equal(await client.send('a', 0, ['late']), refusal)
    assert.equal(await client.end(true), errorCodes.PRODUCER_FENCED)
    assert.equal(await other.send('a', 0, ['new']), 0)
    assert.equal(await other.end(true), 0)
    assert.deepEqual(await readCommitted(harness, 'a'), ['new'])
  })

  test(`a transaction that takes too long is aborted ${withVersion}`, async () => {
    const { harness, client } = await setUp(version, 5000)
    assert.equal(await client.send('a', 0, ['slow']), 0)
    harness.clock.advance(5001)
    await settle()
    const refusal = version === 1 ? errorCodes.PRODUCER_FENCED : errorCodes.INVALID_TXN_STATE
    assert.equal(await client.end(true), refusal)
    await harness.send('a', 0, batchAfter())
    assert.deepEqual(await readCommitted(harness, 'a'), ['after'])
  })

  test(`offsets count once their transaction is committed ${withVersion}`, async () => {
    const { harness, client } = await setUp(version)
    assert.equal(await client.commitOffset('g', 'a', 7), 0)
    assert.equal(await committedOffset(harness, 'g', 'a'), -1)
    const unstable = `error ${errorCodes.UNSTABLE_OFFSET_COMMIT}`
    assert.equal(await committedOffset(harness, 'g', 'a', { requireStable: true }), unstable)
    assert.equal(await client.end(true), 0)
    assert.equal(await committedOffset(harness, 'g', 'a', { requireStable: true }), 7)
    assert.equal(await client.commitOffset('g', 'a', 8), 0)
    assert.equal(await client.end(false), 0)
    assert.equal(await committedOffset(harness, 'g', 'a', { requireStable: true }), 7)
  })

  test(`a restart goes on in the middle of a transaction ${withVersion}`, async () => {
    const { harness, client } = await setUp(version)
    assert.equal(await client.send('a', 0, ['before']), 0)
    assert.equal(await client.commitOffset('g', 'a', 7), 0)
    await harness.restart()
    assert.deepEqual(await readCommitted(harness, 'a'), [])
    assert.equal(await committedOffset(harness, 'g', 'a'), -1)
    assert.equal(await client.send('a', 0, ['after']), 0)
    assert.equal(await client.end(true), 0)
    assert.deepEqual(await readCommitted(harness, 'a'), ['before', 'after'])
    await harness.restart()
    assert.equal(await committedOffset(harness, 'g', 'a'), 7)
    assert.equal(await client.send('b', 0, ['next']), 0)
    assert.equal(await client.end(true), 0)
    assert.deepEqual(await readCommitted(harness, 'b'), ['next'])
  })

  test(`the same end twice is one end, the other one is refused ${withVersion}`, async () => {
    const { client } = await setUp(version)
    const { producerEpoch } = client
    assert.equal(await client.send('a', 0, ['x']), 0)
    assert.equal(await client.end(true), 0)
    const after = client.producerEpoch
    assert.equal(await client.end(true, { producerEpoch }), 0)
    assert.equal(client.producerEpoch, after)
    assert.equal(await client.end(false, { producerEpoch }), errorCodes.INVALID_TXN_STATE)
  })
}

test('an end that is late does not touch the next transaction of version 2', async () => {
  const { harness, client } = await setUp(2)
  const { producerEpoch } = client
  assert.equal(await client.send('a', 0, ['first']), 0)
  assert.equal(await client.end(true), 0)
  assert.equal(await client.send('a', 0, ['second']), 0)
  assert.equal(await client.end(false, { producerEpoch }), errorCodes.PRODUCER_FENCED)
  assert.equal(await client.end(true), 0)
  assert.deepEqual(await readCommitted(harness, 'a'), ['first', 'second'])
})

for (const committed of [false, true]) {
  const what = committed ? 'a commit that is asked for again' : 'an abort'
  test(`${what} gives no epoch of the producer that takes the id over meanwhile`, async () => {
    const { harness, client } = await setUp(2)
    assert.equal(await client.send('a', 0, ['old']), 0)
    const ended = committed ? client.end(true) : undefined
    const other = new TransactionalClient(harness, 'tx', 2)
    const taken = other.initialise()
    // It comes while the markers are written, and both wait for those.
    const endedAgain = client.end(committed, { producerEpoch: 0 })
    assert.deepEqual(await Promise.all([ended ?? 0, taken, endedAgain]), [0, 0, 0])
    assert.deepEqual([client.producerEpoch, other.producerEpoch], [1, 2])
    assert.equal(await other.send('a', 0, ['new']), 0)
    assert.equal(await client.send('a', 0, ['late']), errorCodes.INVALID_PRODUCER_EPOCH)
    assert.equal(await other.end(true), 0)
    assert.deepEqual(await readCommitted(harness, 'a'), committed ? ['old', 'new'] : ['new'])
  })
}

test('a producer of version 2 goes on after a transaction that took too long', async () => {
  const { harness, client } = await setUp(2, 5000)
  assert.equal(await client.send('a', 0, ['slow']), 0)
  harness.clock.advance(5001)
  await settle()
  assert.equal(await client.send('a', 0, ['late']), errorCodes.INVALID_PRODUCER_EPOCH)
  assert.equal(await client.end(false), 0)
  assert.equal(await client.send('a', 0, ['next']), 0)
  assert.equal(await client.end(true), 0)
  assert.deepEqual(await readCommitted(harness, 'a'), ['next'])
})

/** A coordinator whose markers a test can keep from being written. */
function coordinatorWith(markers: { isFull: boolean; count: number }) {
  const clock = new ManualClock()
  const log = new MemoryStateLog()
  let producerId = 0
  const coordinator = new TransactionCoordinator({
    log,
    clock,
    markers: {
      writeAll() {
        if (markers.isFull) throw new LogError('KAFKA_STORAGE_ERROR', 'the disk is full')
        markers.count++
        return Promise.resolve()
      },
    },
    newProducerId: () => Promise.resolve(++producerId),
    logger: silentLogger,
    retentionNow: () => clock.now(),
    options: { maxTransactionTimeoutMs: 1e6, transactionalIdExpirationMs: 1e9 },
  })
  return { clock, log, coordinator }
}

const partition = new Map([['a', new Set([0])]])
const request = { transactionalId: 'tx', transactionTimeoutMs: 1000 }
const nobody = { producerId: -1, producerEpoch: -1 }

/** Returns a producer that has used all epochs of its id but one. */
async function lastEpochOf(coordinator: TransactionCoordinator): Promise<ProducerIdentity> {
  for (;;) {
    const producer = await coordinator.initialise({ ...request, ...nobody })
    if (producer.producerEpoch === 32_766) return producer
  }
}

test('an end whose markers the disk does not take is answered, and done later', async () => {
  const markers = { isFull: true, count: 0 }
  const { clock, coordinator } = coordinatorWith(markers)
  const producer = await coordinator.initialise({ ...request, ...nobody })
  await coordinator.addPartitions('tx', producer, partition)
  const end = { ...producer, result: 'commit', raisesEpoch: true } as const
  const next = await coordinator.end('tx', end)
  assert.deepEqual(next, { producerId: 1, producerEpoch: 1 })
  assert.equal(coordinator.get('tx')!.status, 'PrepareCommit')
  assert.deepEqual(await coordinator.end('tx', end), next, 'asked again')
  const errorName = 'CONCURRENT_TRANSACTIONS'
  assert.throws(() => coordinator.addPartitions('tx', next, partition), { errorName })
  await assert.rejects(coordinator.initialise({ ...request, ...nobody }), { errorName })

  markers.isFull = false
  clock.advance(1000)
  await settle()
  assert.equal(markers.count, 1)
  assert.equal(coordinator.get('tx')!.status, 'CompleteCommit')
  await coordinator.addPartitions('tx', next, partition)
  coordinator.close()
})

test('the id that follows on a used up one is told before the markers are there', async () => {
  const markers = { isFull: false, count: 0 }
  const { clock, coordinator } = coordinatorWith(markers)
  const producer = await lastEpochOf(coordinator)
  await coordinator.addPartitions('tx', producer, partition)
  markers.isFull = true
  const end = { ...producer, result: 'abort', raisesEpoch: true } as const
  const next = await coordinator.end('tx', end)
  assert.deepEqual(next, { producerId: 2, producerEpoch: 0 })
  const errorName = 'CONCURRENT_TRANSACTIONS'
  assert.throws(() => coordinator.addPartitions('tx', next, partition), { errorName })
  markers.isFull = false
  clock.advance(1000)
  await settle()
  assert.deepEqual(await coordinator.end('tx', end), next, 'asked again')
  await coordinator.addPartitions('tx', next, partition)
  coordinator.close()
})

test('an epoch that is used up is not given to a producer that was too slow', async () => {
  const { clock, coordinator } = coordinatorWith({ isFull: false, count: 0 })
  const producer = await lastEpochOf(coordinator)
  await coordinator.addPartitions('tx', producer, partition)
  clock.advance(request.transactionTimeoutMs)
  await settle()
  const end = { ...producer, result: 'abort', raisesEpoch: true } as const
  await assert.rejects(coordinator.end('tx', end), { errorName: 'PRODUCER_FENCED' })
  const next = await coordinator.initialise({ ...request, ...nobody })
  assert.notEqual(next.producerId, producer.producerId)
  assert.equal(next.producerEpoch, 0)
  coordinator.close()
})

test('no transactional id is forgotten while the clock is not believed', () => {
  const clock = new ManualClock()
  const log = new MemoryStateLog()
  let isBelieved = false
  const now = clock.now()
  const transaction = { ...newTransaction('tx', 1), updatedAtMs: now }
  void log.append([recordOf(transaction)])
  const coordinator = new TransactionCoordinator({
    log,
    clock,
    markers: { writeAll: () => Promise.resolve() },
    newProducerId: () => Promise.resolve(1),
    logger: silentLogger,
    retentionNow: () => (isBelieved ? clock.now() : undefined),
    options: { maxTransactionTimeoutMs: 1e6, transactionalIdExpirationMs: 1000 },
  })
  clock.advance(3 * 60 * 60 * 1000)
  assert(coordinator.get('tx'))
  isBelieved = true
  clock.advance(60 * 60 * 1000)
  assert.equal(coordinator.get('tx'), undefined)
  coordinator.close()
})

test('an epoch that is used up is followed by another producer id', async () => {
  const { harness, client } = await setUp(2)
  const { producerId } = client
  while (client.producerEpoch < 32_766) assert.equal(await client.initialise(), 0)
  assert.equal(await client.send('a', 0, ['last']), 0)
  assert.equal(await client.end(true), 0)
  assert.notEqual(client.producerId, producerId)
  assert.equal(client.producerEpoch, 0)
  assert.equal(await client.send('a', 0, ['first']), 0)
  assert.equal(await client.end(true), 0)
  assert.deepEqual(await readCommitted(harness, 'a'), ['last', 'first'])
})

test('a batch for a partition that was not added is refused in version 1', async () => {
  const { client } = await setUp(1)
  assert.equal(await client.sendOnly('a', 0, ['x']), errorCodes.TRANSACTION_ABORTABLE)
})

test('partitions are added to a transaction all or none', async () => {
  const { client } = await setUp(1)
  assert.equal(await client.addPartition('nowhere', 0), errorCodes.UNKNOWN_TOPIC_OR_PARTITION)
  assert.equal(await client.addPartition('__consumer_offsets', 0), 29)
  assert.equal(await client.end(true), errorCodes.INVALID_TXN_STATE)
})

test('a topic that is deleted does not keep its transaction from ending', async () => {
  const { harness, client } = await setUp(2)
  assert.equal(await client.send('a', 0, ['x']), 0)
  assert.equal(await client.send('b', 0, ['y']), 0)
  await harness.deleteTopic('a')
  assert.equal(await client.end(true), 0)
  assert.deepEqual(await readCommitted(harness, 'b'), ['y'])
})

test('nor does one that is deleted while its marker is synced', async () => {
  for (let turns = 0; turns < 30; turns++) {
    const { harness, client } = await setUp(2)
    assert.equal(await client.send('a', 0, ['x']), 0)
    assert.equal(await client.send('b', 0, ['y']), 0)
    const ended = client.end(true)
    for (let turn = 0; turn < turns; turn++) await Promise.resolve()
    await harness.deleteTopic('a')
    assert.equal(await ended, 0, `after ${turns} turns`)
    assert.deepEqual(await readCommitted(harness, 'b'), ['y'])
    assert.equal(await client.send('b', 0, ['z']), 0)
  }
})

test('transactions are listed and described, and producers of a partition', async () => {
  const { harness, client } = await setUp(2)
  assert.equal(await client.send('a', 0, ['x']), 0)
  const { transactionStates: listed } = await harness.request(listTransactions, 1, {
    stateFilters: ['Ongoing', 'Nonsense'],
  })
  assert.deepEqual(
    listed.map(({ transactionalId }) => transactionalId),
    ['tx'],
  )
  const ids = { transactionalIds: ['tx', 'nobody'] }
  const { transactionStates: described } = await harness.request(describeTransactions, 0, ids)
  assert.equal(described[0]!.transactionState, 'Ongoing')
  assert.deepEqual(described[0]!.topics, [{ topic: 'a', partitions: [0] }])
  assert.equal(described[1]!.errorCode, errorCodes.TRANSACTIONAL_ID_NOT_FOUND)
  const { topics } = await harness.request(describeProducers, 0, {
    topics: [{ name: 'a', partitionIndexes: [0] }],
  })
  const [producer] = topics[0]!.partitions[0]!.activeProducers
  assert.equal(producer!.producerId, client.producerId)
  assert.equal(producer!.currentTxnStartOffset, 0)
})

test('a transaction can be ended by hand in a partition', async () => {
  const { harness, client } = await setUp(2)
  assert.equal(await client.send('a', 0, ['x']), 0)
  const { producerId, producerEpoch } = client
  const topics = [{ name: 'a', partitionIndexes: [0, 1] }]
  const marker = {
    producerId,
    producerEpoch,
    transactionResult: false,
    coordinatorEpoch: 0,
    topics,
  }
  const answer = await harness.request(writeTxnMarkers, 1, { markers: [marker] })
  const codes = answer.markers[0]!.topics[0]!.partitions.map(({ errorCode }) => errorCode)
  assert.deepEqual(codes, [0, errorCodes.UNKNOWN_TOPIC_OR_PARTITION])
  await harness.send('a', 0, batchAfter())
  assert.deepEqual(await readCommitted(harness, 'a'), ['after'])
})

test('a transaction ends also where a later coordinator has ended one by hand', async () => {
  const { harness, client } = await setUp(2)
  assert.equal(await client.send('a', 0, ['x']), 0)
  const { producerId, producerEpoch } = client
  const topics = [{ name: 'a', partitionIndexes: [0] }]
  const by = { producerId, producerEpoch, coordinatorEpoch: 7 }
  const marker = { ...by, transactionResult: false, topics }
  await harness.request(writeTxnMarkers, 1, { markers: [marker] })
  assert.equal(await client.end(false), 0)
  assert.equal(await client.send('a', 0, ['y']), 0)
  assert.equal(await client.end(true), 0)
  assert.deepEqual(await readCommitted(harness, 'a'), ['y'])
})

test('a transactional id that nobody uses is forgotten after a week', async () => {
  const { harness, client } = await setUp(2)
  for (let hour = 0; hour <= 7 * 24; hour++) harness.clock.advance(60 * 60 * 1000)
  await settle()
  assert.equal(await client.send('a', 0, ['x']), errorCodes.INVALID_PRODUCER_ID_MAPPING)
  await harness.restart()
  assert.equal(await client.send('a', 0, ['x']), errorCodes.INVALID_PRODUCER_ID_MAPPING)
})
