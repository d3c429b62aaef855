/** A port for Kafka clients in front of a broker, for tests of other clients. */

import { once } from 'node:events'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { NodeTcpStream } from '../connection/node-tcp-stream.ts'
import type { RequestHandler } from '../connection/request-handler.ts'
import { serveStream } from '../connection/serve-stream.ts'
import type { Logger } from '../runtime/runtime.ts'
import type { ListeningPort } from './listening-port.ts'

const host = '127.0.0.1'
const maxFrameBytes = 100 * 1024 * 1024

/** Listens on loopback. Port 0 takes any that is free. */
export async function listenOn(
  handler: RequestHandler,
  options: { readonly port: number; readonly logger: Logger },
): Promise<ListeningPort> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    const stream = new NodeTcpStream({ maxFrameBytes })
    stream.attach(socket)
    const dialled = { host, port: socket.localPort ?? 0 }
    const remote = socket.remoteAddress ?? 'unknown'
    const peer = { kind: 'tcp', host: remote, dialled, isPrivate: true } as const
    serveStream(stream, { handler, logger: options.logger, peer })
  })
  server.listen(options.port, host)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    address: `${host}:${port}`,
    async close() {
      server.close()
      for (const socket of sockets) socket.destroy()
      await once(server, 'close')
    },
  }
}
