import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ScriptedBroker, pass, settled } from '../../../test/support/scripted-broker.ts'
import { addPartitionsToTxn } from '../../protocol/add-partitions-to-txn.ts'
import { endTxn } from '../../protocol/end-txn.ts'
import { errorCodes } from '../../protocol/error-codes.ts'
import { findCoordinator } from '../../protocol/find-coordinator.ts'
import { initProducerId } from '../../protocol/init-producer-id.ts'
import { produce } from '../../protocol/produce.ts'
import { delay } from '../failure/retry.ts'
import type { TransactionWork } from './run-transaction.ts'
import { Transactions } from './transactions.ts'

/** What the requests that come are answered with, in turn; then they succeed. */
interface Script {
  readonly identities?: readonly number[]
  readonly enrolments?: readonly number[]
  readonly ends?: readonly number[]
}

/** A broker without KIP-890, as Apache Kafka 3.9 is: it has to be told of each partition. */
function brokerOfVersion1(script: Script = {}): ScriptedBroker {
  const { identities = [], enrolments = [], ends = [] } = script
  const errors = { identities: [...identities], enrolments: [...enrolments], ends: [...ends] }
  let producerEpoch = -1
  const broker = new ScriptedBroker()
  broker.isInOrder = true
  return broker
    .withTopics({ orders: 2 })
    .on(
      findCoordinator,
      () => ({ nodeId: 1, host: 'broker-1', port: 9092 }),
      findCoordinator.versions.min,
    )
    .on(
      initProducerId,
      () => {
        const errorCode = errors.identities.shift() ?? 0
        if (errorCode !== 0) return { errorCode, producerId: -1, producerEpoch: -1 }
        return { errorCode, producerId: 7, producerEpoch: ++producerEpoch }
      },
      4,
    )
    .on(
      addPartitionsToTxn,
      ({ v3AndBelowTopics }) => {
        const partitionErrorCode = errors.enrolments.shift() ?? 0
        const resultsByTopicV3AndBelow = v3AndBelowTopics.map(({ name, partitions }) => ({
          name,
          resultsByPartition: partitions.map((partitionIndex) => ({
            partitionIndex,
            partitionErrorCode,
          })),
        }))
        return { resultsByTopicV3AndBelow }
      },
      3,
    )
    .on(
      produce,
      ({ topicData }) => ({
        responses: topicData.map(({ name, partitionData }) => ({
          name,
          partitionResponses: partitionData.map(({ index }) => ({ index, errorCode: 0 })),
        })),
      }),
      11,
    )
    .on(endTxn, () => ({ errorCode: errors.ends.shift() ?? 0 }), 4)
}

/** Runs transactions one after the other under one id, while time passes, and a while longer. */
async function run(
  broker: ScriptedBroker,
  works: readonly TransactionWork<number, string, unknown>[],
  { timeout = 5000 } = {},
): Promise<PromiseSettledResult<unknown>[]> {
  const transactions = new Transactions(broker.cluster({ timeout }))
  const results: PromiseSettledResult<unknown>[] = []
  void (async () => {
    for (const work of works) {
      const one = transactions.run('orders', work, { transactionalId: 'mover' })
      results.push(...(await Promise.allSettled([one])))
    }
  })()
  for (let idleTurns = 0; idleTurns < 50; idleTurns++) {
    if (results.length < works.length) idleTurns = 0
    await settled()
    broker.clock.advance(50)
  }
  return results
}

/** Resolves when the coordinator has heard of a partition. */
async function enrolment(broker: ScriptedBroker): Promise<void> {
  while (broker.requests(addPartitionsToTxn).length === 0) await settled()
}

function names(broker: ScriptedBroker): string[] {
  const about = new Set(['InitProducerId', 'AddPartitionsToTxn', 'EndTxn'])
  return broker.seen.map(({ name }) => name).filter((name) => about.has(name))
}

test('a coordinator that takes its time is told of each partition by one request', async () => {
  const passing = Array.from({ length: 5 }, () => errorCodes.CONCURRENT_TRANSACTIONS)
  const broker = brokerOfVersion1({ enrolments: passing })
  const [result] = await run(broker, [
    async (tx) => {
      const first = tx.send(1, { partition: 0 })
      await enrolment(broker)
      await Promise.all([first, tx.send(2, { partition: 1 })])
    },
  ])
  assert.equal(result!.status, 'fulfilled')
  const told = broker
    .requests(addPartitionsToTxn)
    .map(({ v3AndBelowTopics }) => v3AndBelowTopics.flatMap(({ partitions }) => partitions).join())
  // Each is refused a few times.
  assert.deepEqual(new Set(told), new Set(['0', '1']))
  assert.equal(names(broker).at(-1), 'EndTxn')
})

test('a coordinator that has not heard of a topic yet is waited for', async () => {
  const unheard = Array.from({ length: 10 }, () => errorCodes.UNKNOWN_TOPIC_OR_PARTITION)
  const broker = brokerOfVersion1({ enrolments: unheard })
  const [result] = await run(broker, [(tx) => tx.send(1, { partition: 0 })], { timeout: 60_000 })
  assert.equal(result!.status, 'fulfilled')
})

test('nobody is told of a partition after the end, which would begin another', async () => {
  const passing = Array.from({ length: 100 }, () => errorCodes.CONCURRENT_TRANSACTIONS)
  const broker = brokerOfVersion1({ enrolments: passing })
  const givenUp = new Error('given up')
  const [result] = await run(broker, [
    async (tx) => {
      void tx.send(1, { partition: 0 })
      await enrolment(broker)
      throw givenUp
    },
    () => undefined,
  ])
  assert.equal((result as PromiseRejectedResult).reason, givenUp)
  const seen = names(broker)
  assert.deepEqual(seen.slice(seen.indexOf('EndTxn')), ['EndTxn', 'InitProducerId'])
})

test('what may be open is ended first: whoever asks for an epoch then is fenced', async () => {
  const broker = brokerOfVersion1({ ends: [errorCodes.UNKNOWN_SERVER_ERROR] })
  const results = await run(broker, [
    (tx) => tx.send(1, { partition: 0 }),
    (tx) => tx.send(2, { partition: 0 }),
  ])
  assert.deepEqual(
    results.map(({ status }) => status),
    ['rejected', 'fulfilled'],
  )
  assert.deepEqual(
    broker.requests(endTxn).map(({ committed }) => committed),
    [true, false, true],
  )
  const transaction = ['AddPartitionsToTxn', 'EndTxn']
  const again = ['EndTxn', 'InitProducerId', ...transaction]
  assert.deepEqual(names(broker), ['InitProducerId', ...transaction, ...again])
})

test('who gives up while it is committed leaves the next transaction alone', async () => {
  const broker = brokerOfVersion1()
  const commit = Promise.withResolvers<void>()
  broker.on(endTxn, () => commit.promise.then(() => ({ errorCode: errorCodes.NONE })), 4)
  const transactions = new Transactions(broker.cluster())
  const work: TransactionWork<number, string, unknown> = (tx) => tx.send(1, { partition: 0 })
  const impatient = new AbortController()
  const first = transactions.run('orders', work, { signal: impatient.signal })
  while (broker.requests(endTxn).length === 0) {
    await settled()
    broker.clock.advance(10)
  }
  impatient.abort(new Error('given up'))
  commit.resolve()
  await pass(broker, first)
  await pass(broker, transactions.run('orders', work, {}))
  assert.deepEqual(
    broker.requests(endTxn).map(({ committed }) => committed),
    [true, true],
  )
})

test('what is being ended is not ended twice, which would tear the one after it', async () => {
  const loading = Array.from({ length: 4 }, () => errorCodes.COORDINATOR_LOAD_IN_PROGRESS)
  const ends = [errorCodes.UNKNOWN_SERVER_ERROR]
  const broker = brokerOfVersion1({ ends, identities: [errorCodes.NONE, ...loading] })
  const transactions = new Transactions(broker.cluster())
  const work: TransactionWork<number, string, unknown> = (tx) => tx.send(1, { partition: 0 })
  const first = pass(broker, transactions.run('orders', work, {}))
  await assert.rejects(first, { code: 'unknown_server_error' })
  // The next one waits for the end of the first, and is given up meanwhile.
  const impatient = new AbortController()
  const second = transactions.run('orders', work, { signal: impatient.signal })
  await settled()
  impatient.abort(new Error('given up'))
  await assert.rejects(second, /given up/)

  await pass(broker, transactions.run('orders', work, {}))
  // Whoever asked for an epoch as well would get it by now.
  await pass(broker, delay(5000, broker.clock))
  const transaction = ['AddPartitionsToTxn', 'EndTxn']
  const asked = Array<string>(loading.length + 1).fill('InitProducerId')
  assert.deepEqual(names(broker), ['InitProducerId', ...transaction, ...asked, ...transaction])
})

test('an id that is being ended is waited for by who is configured otherwise', async () => {
  const broker = brokerOfVersion1({ ends: [errorCodes.UNKNOWN_SERVER_ERROR] })
  const transactions = new Transactions(broker.cluster())
  const work: TransactionWork<number, string, unknown> = (tx) => tx.send(1, { partition: 0 })
  const ids = { transactionalId: 'mover' }
  let loadingCount = 4
  let producerEpoch = 0
  const first = pass(broker, transactions.run('orders', work, ids))
  broker.on(
    initProducerId,
    ({ producerEpoch: previous }) => {
      const isLoading = previous >= 0 && loadingCount-- > 0
      const errorCode = isLoading ? errorCodes.COORDINATOR_LOAD_IN_PROGRESS : 0
      return { errorCode, producerId: 7, producerEpoch: producerEpoch++ }
    },
    4,
  )
  await assert.rejects(first, { code: 'unknown_server_error' })
  await pass(broker, transactions.run('orders', work, { ...ids, timeout: '29s' }))
  await pass(broker, delay(5000, broker.clock))
  const seen = names(broker)
  const begun = seen.lastIndexOf('AddPartitionsToTxn')
  assert.deepEqual(seen.slice(begun), ['AddPartitionsToTxn', 'EndTxn'])
})

test('what was aborted is not said to be stored, whichever record is waited for', async () => {
  const broker = brokerOfVersion1()
  broker.on(
    produce,
    ({ topicData }) => ({
      responses: topicData.map(({ name, partitionData }) => ({
        name,
        partitionResponses: partitionData.map(({ index }) => {
          return { index, errorCode: errorCodes.UNKNOWN_SERVER_ERROR }
        }),
      })),
    }),
    11,
  )
  const [result] = await run(broker, [
    async (tx) => {
      tx.send(1, { partition: 0 }).catch(() => undefined)
      await tx.send(2, { partition: 1 })
    },
  ])
  const { code, maybeApplied } = (result as PromiseRejectedResult).reason
  assert.deepEqual([code, maybeApplied], ['unknown_server_error', false])
})

test('a commit that its coordinator could not store for sure may be applied', async () => {
  const { COORDINATOR_NOT_AVAILABLE, INVALID_TXN_STATE } = errorCodes
  const broker = brokerOfVersion1({ ends: [COORDINATOR_NOT_AVAILABLE, INVALID_TXN_STATE] })
  const [result] = await run(broker, [(tx) => tx.send(1, { partition: 0 })])
  const { code, maybeApplied } = (result as PromiseRejectedResult).reason
  assert.deepEqual([code, maybeApplied], ['invalid_txn_state', true])
})
