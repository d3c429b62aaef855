import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openMortalClient } from '../../../test/support/mortal-client.ts'
import { NodeTcpDialer } from '../../connection/node-tcp-dialer.ts'
import { Kafka as NodeKafka } from '../../index-node.ts'
import { MockKafka } from '../../testing/mock-kafka.ts'
import type { Kafka } from '../kafka.ts'
import type { KafkaRecord } from '../record/kafka-record.ts'

test('initTransactions() ends what a killed program has left open under its id', async () => {
  await using broker = new MockKafka({
    // Who was killed is soon thrown out.
    broker: { groups: { initialRebalanceDelayMs: 0, consumerSessionTimeoutMs: 300 } },
  })
  const url = `kafka://${await broker.listen()}`
  const ids = { transactionalId: 'copier' } as const
  const { kafka: killed, death } = openMortalClient(new NodeTcpDialer(), { url, timeout: '1s' })
  await killed.producer<number>('from').sendBatch([1, 2])
  const config = { group: 'copiers', heartbeatInterval: 50 } as const
  const copy = async (kafka: Kafka, record: KafkaRecord<number> | undefined): Promise<void> => {
    await kafka.transaction(
      'to',
      async (tx) => {
        await tx.send(record!.value)
        tx.commit(record!)
      },
      ids,
    )
  }
  copy(killed, await killed.consumer<number>('from', config).next()).catch(() => undefined)
  await death

  await using next = new NodeKafka({ url })
  await next.initTransactions(ids)
  const again = await next.consumer<number>('from', config).next({ timeout: '5s' })
  assert.equal(again?.value, 1, 'its offset was not committed')
  await copy(next, again)
  const copied = await next.consumer<number>('to').next({ timeout: '5s' })
  assert.equal(copied?.value, 1)
  assert.equal((await next.admin.describeGroup('copiers')).totalLag, 1)
  await killed.close({ timeout: 0 })
})

test('initTransactions() has whoever had the id refused, until they take it back', async () => {
  await using first = new MockKafka()
  const url = `kafka://${await first.listen()}`
  await using second = new NodeKafka({ url })
  const ids = { transactionalId: 'mover' } as const
  await first.transaction('to', (tx) => tx.send(1), ids)
  await second.initTransactions(ids)
  const late = first.transaction('to', (tx) => tx.send(2), ids)
  await assert.rejects(late, { code: 'invalid_producer_epoch' })
  await second.transaction('to', (tx) => tx.send(3), ids)
  await first.initTransactions(ids)
  await first.transaction('to', (tx) => tx.send(4), ids)
  await assert.rejects(second.transaction('to', (tx) => tx.send(5), ids))
  const moved = await second.consumer<number>('to').take(3).toArray()
  assert.deepEqual(
    moved.map(({ value }) => value),
    [1, 3, 4],
  )
})

test('a transaction that could not be aborted is ended without another one', async () => {
  await using kafka = new MockKafka()
  await kafka.seed('from', [1])
  const config = { group: 'copiers', heartbeatInterval: 50 } as const
  const reader = kafka.consumer<number>('from', config)
  const record = await reader.next()
  kafka.failNext('EndTxn', 'UNKNOWN_SERVER_ERROR')
  const failing = kafka.transaction('to', async (tx) => {
    await tx.send(record!.value)
    tx.commit(record!)
  })
  await assert.rejects(failing, { code: 'unknown_server_error' })
  await reader.close()
  const again = await kafka.consumer<number>('from', config).next({ timeout: '5s' })
  assert.equal(again?.value, 1)
  await kafka.transaction('to', (tx) => tx.send(2))
  assert.equal((await kafka.consumer<number>('to').first())?.value, 2)
})

test('what a transaction commits before a seek back stops no commit after it', async () => {
  await using kafka = new MockKafka()
  await kafka.seed('numbers', [0, 1, 2, 3])
  const consumer = kafka.consumer<number>('numbers', { group: 'readers' })
  const records: KafkaRecord<number>[] = []
  for (let count = 0; count < 4; count++) records.push((await consumer.next())!)
  await kafka.transaction('out', async (tx) => {
    tx.commit(records[3]!)
    await consumer.seek({ partition: 0, offset: 1 })
  })
  await (await consumer.next())!.commit()
  const { lag } = await kafka.admin.describeGroup('readers')
  assert.deepEqual(
    lag.map(({ offset }) => offset),
    [2],
  )
})
