/**
 * No client at all: a socket that writes a produce request made beforehand and waits for an answer.
 * What is left is the platform, the kernel and the broker, so no client for Node can be faster.
 */

import { once } from 'node:events'
import { connect } from 'node:net'
import { ByteWriter } from '../../src/bytes/writer.ts'
import { prefixed } from '../../src/connection/frame-splitter.ts'
import { encodingOf } from '../../src/protocol/api.ts'
import { writeRequestHeader } from '../../src/protocol/client-header.ts'
import { produce } from '../../src/protocol/produce.ts'
import { writeBatch } from '../../src/record/batch-writer.ts'
import { sampleEvent } from '../sample-events.ts'
import { runClient } from './client.ts'

const version = 9

await runClient(async ({ bootstrap, topic }) => {
  const [host, port] = bootstrap.split(':')
  const socket = connect({ host: host!, port: Number(port), noDelay: true })
  await once(socket, 'connect')
  let answered = Promise.withResolvers<void>()
  let received = 0
  // The size of an answer is in its first four bytes.
  let expected = Infinity
  socket.on('data', (bytes: Buffer) => {
    if (received === 0) expected = bytes.readInt32BE() + 4
    received += bytes.length
    if (received >= expected) answered.resolve()
  })
  const ask = (frame: Uint8Array): Promise<void> => {
    received = 0
    answered = Promise.withResolvers()
    socket.write(frame)
    return answered.promise
  }
  const one = await frameOf(topic, 1)
  const many = await frameOf(topic, 100)
  return {
    send: () => ask(one),
    sendBatch: () => ask(many),
    consume: () => Promise.reject(new Error('a bare socket only sends')),
  }
})

async function frameOf(topic: string, count: number): Promise<Uint8Array> {
  const events = Array.from({ length: count }, (_, index) => sampleEvent(index))
  const inputs = events.map((event) => ({ key: event.customer, value: JSON.stringify(event) }))
  const records = await writeBatch(inputs, { baseTimestamp: Date.now() })
  const writer = new ByteWriter()
  writeRequestHeader(writer, { api: produce, version, correlationId: 1, clientId: 'bench' })
  const topicData = [{ name: topic, partitionData: [{ index: 0, records }] }]
  produce.request.write(
    writer,
    { acks: -1, timeoutMs: 30_000, topicData },
    encodingOf(produce, version),
  )
  const { length } = writer
  return Buffer.concat([...prefixed(writer.pieces(), length)])
}
