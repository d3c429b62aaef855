import assert from 'node:assert/strict'
import dns from 'node:dns'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { test } from 'node:test'
import { createServer as createTlsServer } from 'node:tls'
import { NodeTcpDialer } from './node-tcp-dialer.ts'
import { NodeTlsDialer } from './node-tls-dialer.ts'

const fixture = (name: string): string =>
  readFileSync(new URL(`../../test/fixtures/tls/${name}.pem`, import.meta.url), 'utf8')

/** Which timer the system has for a connection from `port`; 2 is keep-alive. */
function timerOf(port: number): string | undefined {
  const end = `:${port.toString(16).toUpperCase().padStart(4, '0')}`
  const rows = readFileSync('/proc/net/tcp', 'utf8').split('\n')
  const fields = rows.map((row) => row.trim().split(/ +/))
  return fields.find(([, local]) => local?.endsWith(end))?.[5]?.slice(0, 2)
}

const transports = {
  tcp: [createServer(), new NodeTcpDialer()],
  tls: [
    createTlsServer({ key: fixture('server-key'), cert: fixture('server') }),
    new NodeTlsDialer({ ca: fixture('ca') }),
  ],
} as const

for (const [kind, [server, dialer]] of Object.entries(transports)) {
  const skip = process.platform !== 'linux'
  test(
    `over ${kind} the system asks whether a silent broker is still there`,
    { skip },
    async () => {
      server.listen(0, '127.0.0.1')
      await once(server, 'listening')
      const accepted = once(server, 'connection') as Promise<[Socket]>
      const { port } = server.address() as AddressInfo
      const stream = await dialer.dial({ host: 'localhost', port })
      const [socket] = await accepted
      // What was said to begin with is acknowledged a moment later.
      let timer: string | undefined
      for (let turn = 0; turn < 50 && timer !== '02'; turn++) {
        await new Promise((resolve) => setTimeout(resolve, 20))
        timer = timerOf(socket.remotePort!)
      }
      stream.close()
      socket.destroy()
      server.close()
      assert.equal(timer, '02')
    },
  )
}

for (const kind of ['tcp', 'tls'] as const) {
  test(`over ${kind} an address is not given up while the program is busy`, async (context) => {
    const [server, dialer] = transports[kind]
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const found = ['127.0.0.1', '127.0.0.2'].map((address) => ({ address, family: 4 }))
    const { lookup } = dns
    type Found = (error: null, addresses: typeof found) => void
    context.mock.method(dns, 'lookup', (host: string, options: object, callback: Found) => {
      lookup(host, options, () => {
        callback(null, found)
        const untilMs = performance.now() + 400
        while (performance.now() < untilMs);
      })
    })
    try {
      const stream = await dialer.dial({ host: 'localhost', port })
      stream.close()
    } finally {
      server.close()
    }
  })
}
