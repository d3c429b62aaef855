/**
 * No client at all. Sending, it is a socket that writes a request made beforehand and waits for the
 * answer: what is left is the platform, the kernel and the broker. Consuming, it asks for the next
 * records before it parses those that have come: what is left besides is their JSON. No client for
 * Node can be faster.
 */

import { once } from 'node:events'
import { connect } from 'node:net'
import { partitionForKey } from '../../src/client/producer/partitioner.ts'
import { NodeTcpStream } from '../../src/connection/node-tcp-stream.ts'
import { decodeBatches } from '../../src/record/batch-reader.ts'
import { batchHeaderBytes } from '../../src/record/batch.ts'
import { writeBatch } from '../../src/record/batch-writer.ts'
import { RecordCursor } from '../../src/record/record-cursor.ts'
import { checkProduced, fetchAllFrame, produceAllFrame, readFetched } from '../kafka-requests.ts'
import type { FetchedPartition } from '../kafka-requests.ts'
import { sampleEvent, type SampleEvent } from '../sample-events.ts'
import { runClient, type OnEvent } from './client.ts'

const partitions = 3
const prefixBytes = 4
/** As most clients ask for of a partition. */
const fetchBytes = 1024 * 1024

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
  let isChecked = false
  const produce = async (frame: Uint8Array): Promise<void> => {
    answered = Promise.withResolvers()
    socket.write(frame)
    const answer = await answered.promise
    // All are alike.
    if (!isChecked) checkProduced(answer)
    isChecked = true
  }
  const one = await frameOf(topic, 1)
  const many = await frameOf(topic, 100)
  return {
    send: () => produce(one),
    sendBatch: () => produce(many),
    consume: (_group, onEvent) => consume({ host: host!, port: Number(port) }, topic, onEvent),
    consumeBatches: (_group, onEvent) =>
      consume({ host: host!, port: Number(port) }, topic, onEvent),
  }
})

function consume(
  address: { readonly host: string; readonly port: number },
  topic: string,
  onEvent: OnEvent,
): Promise<never> {
  const stream = new NodeTcpStream({ maxFrameBytes: 2 * partitions * fetchBytes })
  stream.attach(connect({ ...address, onread: stream.onread }))
  const offsets = new Map(Array.from({ length: partitions }, (_, partition) => [partition, 0]))
  const ask = (): void =>
    stream.send([fetchAllFrame(topic, offsets, fetchBytes).subarray(prefixBytes)])
  const cursor = new RecordCursor()
  const handOver = ({ records }: FetchedPartition): void => {
    for (const { header, bytes } of decodeBatches(records, { crc: 'skip' })) {
      const section = Buffer.from(bytes.buffer, bytes.byteOffset).subarray(
        batchHeaderBytes,
        bytes.length,
      )
      cursor.reset(section, header)
      while (cursor.next()) {
        const end = cursor.valueStart + cursor.valueLength
        onEvent(JSON.parse(section.toString('utf8', cursor.valueStart, end)) as SampleEvent)
      }
    }
  }
  return new Promise((_, reject) => {
    stream.start({
      onFrame(message) {
        const fetched = readFetched(message)
        for (const { partition, records } of fetched) {
          for (const { header } of decodeBatches(records, { crc: 'skip' })) {
            offsets.set(partition, header.lastOffset + 1)
          }
        }
        ask()
        fetched.forEach(handOver)
      },
      onClose: (reason) => reject(reason ?? new Error('the broker closed the connection')),
    })
    ask()
  })
}

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
