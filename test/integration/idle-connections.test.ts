/** What becomes of connections that nobody uses, and of the clients that had them. */

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { after, before, test } from 'node:test'
import { WebSocket } from 'ws'
import { Kafka } from '../../src/index-node.ts'
import { silentLogger, type Logger } from '../../src/runtime/runtime.ts'
import { KafkaServer } from '../../src/server/server.ts'

let server: KafkaServer
/** Called with each connection that ends. */
let onClosed: (() => void) | undefined

before(async () => {
  const logger: Logger = {
    ...silentLogger,
    debug: (message) => void (message === 'connection closed' && onClosed?.()),
    warn: (message) => assert.fail(message),
  }
  server = await KafkaServer.start({ port: 0, dataFolder: 'memory:', maxIdleMs: 50, logger })
})
after(() => server.close())

/** ApiVersions v0, correlation id 7, no client id. */
const apiVersionsRequest = Buffer.from('0012' + '0000' + '00000007' + 'ffff', 'hex')

test('a connection that nobody uses is closed, cleanly', async () => {
  const socket = connect(server.address.port, '127.0.0.1')
  socket.write(Buffer.concat([Buffer.of(0, 0, 0, 10), apiVersionsRequest]))
  socket.resume()
  const [hadError] = (await once(socket, 'close')) as [boolean]
  assert.equal(hadError, false)

  const webSocket = new WebSocket(`${server.url.replace('http', 'ws')}/kafka`)
  await once(webSocket, 'open')
  webSocket.send(apiVersionsRequest)
  const [code] = (await once(webSocket, 'close')) as [number]
  assert.equal(code, 1000)
})

for (const scheme of ['http', 'kafka']) {
  test(`clients over ${scheme} go on as if nothing had been`, async () => {
    const complaints: string[] = []
    const note = (message: string): void => void complaints.push(message)
    await using kafka = new Kafka({
      url: server.url.replace('http', scheme),
      logger: { ...silentLogger, info: note, warn: note, error: note },
    })
    const topic = `over-${scheme}`
    const ends = Promise.withResolvers<void>()
    onClosed = ends.resolve
    const records: unknown[] = []
    await kafka.produce(topic, 1)
    await ends.promise
    await kafka.produce(topic, 2)
    for await (const { value } of kafka.consumer(topic)) {
      if (records.push(value) === 2) break
    }
    assert.deepEqual([records, complaints], [[1, 2], []])
  })
}
