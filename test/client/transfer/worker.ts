/**
 * Moves records from one topic to the same partition of another, each in a transaction with the
 * offset that it was read at. It writes a line when something begins or ends, until it is killed.
 */

import { Kafka } from '../../../src/index-node.ts'

const [url = '', transactionalId = ''] = process.argv.slice(2)
const kafka = new Kafka({ url, clientId: 'transfer' })
const say = (what: string): void => void process.stdout.write(`${what}\n`)
// What the one before has left open ends when its time is up; with its id, at once.
const ids =
  transactionalId === 'none'
    ? { transactionTimeout: 1500 }
    : { transactionalId, transactionTimeout: '5s' as const }

for (;;) {
  try {
    if (ids.transactionalId) await kafka.initTransactions(ids)
    const batches = kafka.batchConsumer<number>('from', {
      group: 'transfer',
      batchSize: 5,
      batchTimeout: 20,
      heartbeatInterval: 100,
    })
    for await (const batch of batches) {
      await kafka.transaction<number>(
        'to',
        async (tx) => {
          say('begun')
          for (const { value, partition } of batch) {
            void tx.send(value, { partition })
            void tx.send(value, { topic: 'audit', key: String(partition) })
          }
          tx.commit(batch)
          if (batch.length % 2 === 0) await Promise.resolve()
          else await tx.send(batch.length, { topic: 'notes' })
          say('sent')
        },
        ids,
      )
      say('committed')
    }
  } catch (error) {
    // Somebody has our partitions, or our id: a new consumer begins where the group got to.
    process.stderr.write(`${String(error)}\n`)
  }
}
