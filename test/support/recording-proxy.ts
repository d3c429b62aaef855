/**
 * A TCP proxy before a Kafka broker that changes nothing and remembers everything: each request
 * with the response that answered it.
 */

import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

/** One request and its response, as frames without their length prefix. */
export interface Exchange {
  readonly apiKey: number
  readonly version: number
  readonly correlationId: number
  /** From the request's header: api key, version, correlation id, client id, body. */
  readonly request: Buffer
  /** From the response's header: correlation id, body. */
  readonly response: Buffer
}

export interface RecordingProxy {
  readonly port: number
  /** Returns the exchanges completed since the last call, in the order of their responses. */
  take(): Exchange[]
  close(): Promise<void>
}

/** Calls `onFrame` with each frame of a byte stream that comes in any pieces. */
function frameSplitter(onFrame: (frame: Buffer) => void): (chunk: Buffer) => void {
  let pending = Buffer.alloc(0)
  return (chunk) => {
    pending = Buffer.concat([pending, chunk])
    while (pending.length >= 4) {
      const end = 4 + pending.readInt32BE(0)
      if (pending.length < end) return
      onFrame(Buffer.from(pending.subarray(4, end)))
      pending = pending.subarray(end)
    }
  }
}

function record(client: Socket, broker: Socket, onExchange: (exchange: Exchange) => void): void {
  const requests = new Map<number, Buffer>()
  const onRequest = frameSplitter((request) => requests.set(request.readInt32BE(4), request))
  const onResponse = frameSplitter((response) => {
    const correlationId = response.readInt32BE(0)
    const request = requests.get(correlationId)
    if (request === undefined) throw new Error(`nobody asked for response ${correlationId}`)
    requests.delete(correlationId)
    const [apiKey, version] = [request.readInt16BE(0), request.readInt16BE(2)]
    onExchange({ apiKey, version, correlationId, request, response })
  })
  client.on('data', onRequest)
  broker.on('data', onResponse)
}

/**
 * Listens on `port`, or on a free one, of 127.0.0.1 and passes every byte on to the broker that
 * `target()` names. The broker has to advertise the proxy's address, or clients would go past it.
 */
export async function startRecordingProxy(
  target: () => { readonly host: string; readonly port: number },
  port = 0,
): Promise<RecordingProxy> {
  let exchanges: Exchange[] = []
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    const broker = connect(target())
    for (const [socket, other] of [
      [client, broker],
      [broker, client],
    ] as const) {
      sockets.add(socket)
      socket.setNoDelay(true)
      socket.pipe(other)
      // A side that breaks off takes the other one along: that is what a client would see.
      socket.on('error', () => other.destroy())
      socket.on('close', () => {
        sockets.delete(socket)
        other.destroy()
      })
    }
    record(client, broker, (exchange) => exchanges.push(exchange))
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    take() {
      const taken = exchanges
      exchanges = []
      return taken
    },
    async close() {
      server.close()
      for (const socket of sockets) socket.destroy()
      await once(server, 'close')
    },
  }
}
