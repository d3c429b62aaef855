import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { networkInterfaces } from 'node:os'
import { test } from 'node:test'
import type { Address } from '../connection/frame.ts'
import { silentLogger } from '../runtime/runtime.ts'
import { Port } from './port.ts'

async function listen(
  onHttp: (socket: Socket) => void,
  onKafka: () => void,
  address: Address = { host: '127.0.0.1', port: 0 },
): Promise<Port> {
  return Port.listen({
    ...address,
    maxFrameBytes: 1024,
    firstBytesTimeoutMs: 10_000,
    logger: silentLogger,
    tls: undefined,
    onKafka,
    onHttp,
  })
}

/** Says whom a connection is handed to whose first bytes, all that come in a while, are `first`. */
async function calledBy(first: string): Promise<string> {
  const called = Promise.withResolvers<string>()
  const port = await listen(
    (socket) => called.resolve(`http ${String(socket.read())}`),
    () => called.resolve('kafka'),
  )
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

/** Which timer the system has for the end of a connection that `port` is; 2 is keep-alive. */
function timerOf(port: number): string | undefined {
  const end = `:${port.toString(16).toUpperCase().padStart(4, '0')}`
  const rows = readFileSync('/proc/net/tcp', 'utf8').split('\n')
  const fields = rows.map((row) => row.trim().split(/ +/))
  return fields.find(([, , remote]) => remote?.endsWith(end))?.[5]?.slice(0, 2)
}

const isLinux = process.platform === 'linux'
test(
  'a port has the system ask whether idle clients are still there',
  { skip: !isLinux },
  async () => {
    for (const first of ['\0', 'GET ']) {
      const called = Promise.withResolvers<void>()
      const port = await listen(
        () => called.resolve(),
        () => called.resolve(),
      )
      const client = connect(port.address)
      await once(client, 'connect')
      client.write(first)
      await called.promise
      const timer = timerOf(client.localPort!)
      client.destroy()
      await port.close()
      assert.equal(timer, '02')
    }
  },
)

const nobody = (): void => assert.fail('nobody calls')
const hasIpv6 = Object.values(networkInterfaces()).some((addresses) =>
  addresses?.some(({ address }) => address === '::1'),
)
test(
  'listen() refuses a port that is taken at either address of localhost',
  { skip: !hasIpv6 },
  async () => {
    for (const host of ['127.0.0.1', '::1']) {
      const other = createServer().listen(0, host)
      await once(other, 'listening')
      const { port } = other.address() as AddressInfo
      const listening = listen(nobody, nobody, { host: 'localhost', port })
      await assert.rejects(listening, { code: 'EADDRINUSE' })
      other.close()
    }
  },
)
