import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, createServer, type AddressInfo } from 'node:net'
import { test } from 'node:test'
import { NodeTcpStream } from './node-tcp-stream.ts'

test('flush() has what was sent leave before others get their turn', async (t) => {
  const server = createServer((socket) => socket.on('error', () => undefined)).listen(0)
  t.after(() => server.close())
  await once(server, 'listening')
  const socket = connect((server.address() as AddressInfo).port)
  await once(socket, 'connect')
  const stream = new NodeTcpStream({ maxFrameBytes: 100 })
  stream.attach(socket)
  t.after(() => stream.close())
  stream.send([new Uint8Array(5)])
  stream.send([new Uint8Array(6)])
  assert.equal(stream.bufferedBytes, 4 + 5 + 4 + 6)
  stream.flush()
  assert.equal(stream.bufferedBytes, 0)
  stream.send([new Uint8Array(7)])
  assert.equal(stream.bufferedBytes, 4 + 7)
  await new Promise<void>((resolve) => process.nextTick(resolve))
  assert.equal(stream.bufferedBytes, 0)
})
