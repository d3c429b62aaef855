import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { test } from 'node:test'
import { silentLogger } from '../runtime/runtime.ts'
import { Port } from './port.ts'

/** Says whom a connection is handed to whose first bytes, all that come in a while, are `first`. */
async function calledBy(first: string): Promise<string> {
  const called = Promise.withResolvers<string>()
  const port = await Port.listen({
    host: '127.0.0.1',
    port: 0,
    maxFrameBytes: 1024,
    firstBytesTimeoutMs: 10_000,
    logger: silentLogger,
    tls: undefined,
    onKafka: () => called.resolve('kafka'),
    onHttp: (socket) => called.resolve(`http ${String(socket.read())}`),
  })
  const client = connect(port.address)
  // The port cuts it at the end.
  client.on('error', () => {})
  client.write(Buffer.from(first, 'latin1'))
  const caller = await called.promise
  client.destroy()
  await port.close()
  return caller
}

test('a port tells HTTP by what its first bytes are, or are the beginning of', async () => {
  for (const first of ['GET /health', 'G', 'GE', 'GET', 'GET ', 'P', 'OPTION', 'CONNECT']) {
    assert.equal(await calledBy(first), `http ${first}`)
  }
  for (const first of ['\0', '\0\0\0\x10GET ', 'GETS', 'BREW / ', 'X', 'E']) {
    assert.equal(await calledBy(first), 'kafka', first)
  }
})
