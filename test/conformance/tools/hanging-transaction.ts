/**
 * A transaction that hangs: open in a partition, and unknown to every coordinator. No client can make
 * one here, and a start ends those that an older log may hold, so this one is planted: into the log
 * of a running server, past the broker. `kafka-transactions` has to find it, and end it.
 */

import { KafkaServer } from '../../../src/server/server.ts'
import { Kafka } from '../../../src/index-node.ts'
import { PartitionLog } from '../../../src/log/partition-log.ts'
import { batchOf } from '../../support/broker-harness.ts'

export interface HangingTransaction extends AsyncDisposable {
  readonly bootstrap: string
  readonly topic: string
  readonly producerId: number
  /** Returns what a consumer sees that reads nothing but what is decided. */
  readCommitted(): Promise<readonly string[]>
}

const topic = 'hanging'
const producerId = 4711
/** Older than any transaction may be. */
const ageMs = 60 * 60 * 1000

/** Starts a server whose one record in topic `hanging` cannot be read until the transaction ends. */
export async function startWithHangingTransaction(): Promise<HangingTransaction> {
  const logs = logsAppendedTo()
  const server = await KafkaServer.start({ port: 0, dataFolder: 'memory:' })
  const bootstrap = `127.0.0.1:${server.address.port}`
  const kafka = new Kafka({ url: `kafka://${bootstrap}` })
  await kafka.produce(topic, 'before')
  const value = new TextEncoder().encode('never decided')
  const records = [{ key: null, value, timestamp: Date.now() - ageMs }]
  const identity = { producerId, producerEpoch: 0, baseSequence: 0, isTransactional: true }
  logs.at(-1)!.append(batchOf(records, identity), { origin: 'client', leaderEpoch: 0 })
  await kafka.produce(topic, 'after')
  return {
    bootstrap,
    topic,
    producerId,
    async readCommitted() {
      const values: string[] = []
      const settings = { offset: 'earliest', isolation: 'read_committed' } as const
      const consumer = kafka.consumer<string>(topic, settings)
      for (;;) {
        const record = await consumer.next({ timeout: '2s' }).catch(ignoreTimeout)
        if (!record) break
        values.push(record.value)
        if (record.value === 'after') break
      }
      await consumer.close()
      return values
    },
    async [Symbol.asyncDispose]() {
      await kafka.close()
      await server.close()
    },
  }
}

/** Returns a list that grows by each log that is appended to in this process. */
function logsAppendedTo(): PartitionLog[] {
  const logs: PartitionLog[] = []
  const { value } = Object.getOwnPropertyDescriptor(PartitionLog.prototype, 'append')!
  const append = value as PartitionLog['append']
  PartitionLog.prototype.append = function (this: PartitionLog, batches, options) {
    logs.push(this)
    return append.call(this, batches, options)
  }
  return logs
}

function ignoreTimeout(error: unknown): undefined {
  if ((error as { code?: string }).code !== 'timeout') throw error
}
