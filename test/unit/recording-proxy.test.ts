import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, createServer, type AddressInfo } from 'node:net'
import { test } from 'node:test'
import { startRecordingProxy } from '../support/recording-proxy.ts'

/** A request for API 3 version 9, with a length prefix. */
function request(correlationId: number): Buffer {
  const bytes = Buffer.from('0000000a 0003 0009 00000000 ffff'.replaceAll(' ', ''), 'hex')
  bytes.writeInt32BE(correlationId, 8)
  return bytes
}

const response = Buffer.from('00000006 00000007 abcd'.replaceAll(' ', ''), 'hex')

test('startRecordingProxy() passes bytes on as they are and pairs responses with requests', async () => {
  let received = Buffer.alloc(0)
  const broker = createServer((socket) => {
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk])
      if (received.length === 28) socket.write(response)
    })
  }).listen(0, '127.0.0.1')
  await once(broker, 'listening')
  const { port } = broker.address() as AddressInfo
  const proxy = await startRecordingProxy(() => ({ host: '127.0.0.1', port }))
  const client = connect(proxy.port, '127.0.0.1')

  // Two requests, cut in the middle of the second; only that one is answered.
  const sent = Buffer.concat([request(6), request(7)])
  client.write(sent.subarray(0, 17))
  client.write(sent.subarray(17))
  const [answer] = (await once(client, 'data')) as [Buffer]

  assert.deepEqual(received, sent)
  assert.deepEqual(answer, response)
  assert.deepEqual(proxy.take(), [
    {
      apiKey: 3,
      version: 9,
      correlationId: 7,
      request: request(7).subarray(4),
      response: response.subarray(4),
    },
  ])
  assert.deepEqual(proxy.take(), [])
  client.destroy()
  await proxy.close()
  broker.close()
})
