import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { test } from 'node:test'
import { WebSocket, WebSocketServer } from 'ws'
import { UnreadAnswersError } from '../connection/request-handler.ts'
import { AcceptedWebSocket } from './web-socket-stream.ts'

test('a browser that does not read is told of, and can be closed at once', async (t) => {
  const http = createServer().listen(0, '127.0.0.1')
  await once(http, 'listening')
  const sockets = new WebSocketServer({ server: http, perMessageDeflate: false })
  const accepted = once(sockets, 'connection') as Promise<[WebSocket, { socket: Socket }]>
  const client = new WebSocket(`ws://127.0.0.1:${(http.address() as AddressInfo).port}`)
  t.after(() => {
    client.terminate()
    http.close()
  })
  const [socket, { socket: below }] = await accepted
  await once(client, 'open')
  client.pause()
  const stream = new AcceptedWebSocket(socket, below)
  const behind: number[] = []
  const { promise: closed, resolve: onClose } = Promise.withResolvers<Error | undefined>()
  stream.start({ onFrame() {}, onClose, onBehind: (bytes) => void behind.push(bytes) })
  stream.send([new Uint8Array(10)])
  assert.deepEqual(behind, [])
  stream.send([new Uint8Array(40_000_000)])
  assert.equal(behind.length, 1)
  assert.ok(behind[0]! > 1_000_000)
  assert.ok(stream.movedBytes < 40_000_000)
  const reason = new UnreadAnswersError('enough')
  stream.close(reason)
  assert.equal(await closed, reason)
})
