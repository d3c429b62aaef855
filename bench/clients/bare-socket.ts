/**
 * No client at all: a socket that writes a produce request made beforehand and waits for an answer.
 * What is left is the platform, the kernel and the broker, so no client for Node can be faster.
 */

import { once } from 'node:events'
import { connect } from 'node:net'
import { partitionForKey } from '../../src/client/producer/partitioner.ts'
import { writeBatch } from '../../src/record/batch-writer.ts'
import { checkProduced, produceAllFrame } from '../kafka-requests.ts'
import { sampleEvent, type SampleEvent } from '../sample-events.ts'
import { runClient } from './client.ts'

const partitions = 3
const prefixBytes = 4

await runClient(async ({ bootstrap, topic }) => {
  const [host, port] = bootstrap.split(':')
  const answers = Buffer.allocUnsafeSlow(64 * 1024)
  let answered = Promise.withResolvers<Uint8Array>()
  let received = 0
  // An answer is read into where the last one was, which takes less than a buffer for each.
  const onread = {
    buffer: () => answers.subarray(received),
    callback: (count: number) => {
      received += count
      const end = prefixBytes + answers.readInt32BE()
      if (received < prefixBytes || received < end) return true
      received = 0
      answered.resolve(answers.subarray(prefixBytes, end))
      return true
    },
  }
  const socket = connect({ host: host!, port: Number(port), noDelay: true, onread })
  await once(socket, 'connect')
  const ask = (frame: Uint8Array): Promise<Uint8Array> => {
    answered = Promise.withResolvers()
    socket.write(frame)
    return answered.promise
  }
  const one = await frameOf(topic, 1)
  const many = await frameOf(topic, 100)
  for (const frame of [one, many]) checkProduced(await ask(frame))
  return {
    send: () => ask(one),
    sendBatch: () => ask(many),
    consume: () => Promise.reject(new Error('a bare socket only sends')),
  }
})

/** One request with a batch for each partition, as clients make it of records with keys. */
async function frameOf(topic: string, count: number): Promise<Uint8Array> {
  const events = Map.groupBy(
    Array.from({ length: count }, (_, index) => sampleEvent(index)),
    ({ customer }) => partitionForKey(customer, partitions),
  )
  const batches = new Map<number, Uint8Array>()
  for (const [partition, ofPartition] of events) batches.set(partition, await batchOf(ofPartition))
  return produceAllFrame(topic, batches)
}

async function batchOf(events: readonly SampleEvent[]): Promise<Uint8Array> {
  const inputs = events.map((event) => ({ key: event.customer, value: JSON.stringify(event) }))
  return writeBatch(inputs, { baseTimestamp: Date.now() })
}
