import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { test } from 'node:test'
import { silentLogger } from '../runtime/runtime.ts'
import { Web } from './web.ts'

/** Serves connections as the port hands them on; gives one on which `text` was said. */
async function serving(requestTimeoutMs: number) {
  const web = new Web({
    originRules: { allowedOrigins: [], isLoopback: true },
    maxFrameBytes: 1024,
    requestTimeoutMs,
    logger: silentLogger,
    health: () => ({ health: { status: 'ok' }, version: '1', uptimeMs: 0 }),
    status: () => assert.fail('nobody asks for it'),
    bearer: { allowPlaintextAuth: false, userOf: async () => undefined },
    maySeeStatus: () => false,
    onKafka: () => assert.fail('nobody speaks Kafka'),
  })
  const door = createServer((socket) => web.accept(socket)).listen(0, '127.0.0.1')
  await once(door, 'listening')
  return {
    /** Resolves with all that is answered to `text`, once the connection has ended. */
    async answerTo(text: string): Promise<string> {
      const socket: Socket = connect((door.address() as AddressInfo).port, '127.0.0.1')
      socket.write(text)
      let answer = ''
      socket.on('data', (part: Buffer) => (answer += part.toString()))
      await once(socket, 'close')
      return answer
    },
    close(): void {
      web.close()
      door.close()
    },
  }
}

test('a request that does not come to its end is cut off, a second one, too', async () => {
  const web = await serving(20)
  const begun = 'GET /health HTTP/1.1\r\nHost: localhost\r\n'
  assert.match(await web.answerTo(begun), /^HTTP\/1\.1 408 /)
  assert.match(await web.answerTo(`${begun}\r\n${begun}`), /^HTTP\/1\.1 200 .*HTTP\/1\.1 408 /s)
  web.close()
})
