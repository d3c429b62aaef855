/** Waits until a Kafka broker serves requests, by sending it requests. */

import { connect } from 'node:net'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'

export interface Address {
  readonly host: string
  readonly port: number
}

const apiVersionsKey = 18
const metadataKey = 3
const retryMs = 50

/** A request with no client id: length, api key, version, correlation id, client id, body. */
function frame(apiKey: number, version: number, body: Uint8Array): Buffer {
  const bytes = Buffer.alloc(14 + body.length)
  bytes.writeInt32BE(bytes.length - 4, 0)
  bytes.writeInt16BE(apiKey, 4)
  bytes.writeInt16BE(version, 6)
  bytes.writeInt32BE(0, 8)
  bytes.writeInt16BE(-1, 12)
  bytes.set(body, 14)
  return bytes
}

/** Sends one request on a connection of its own and returns the answer's body. */
async function ask(address: Address, request: Buffer): Promise<Buffer> {
  const socket = connect(address)
  try {
    await once(socket, 'connect')
    socket.write(request)
    let received = Buffer.alloc(0)
    for await (const chunk of socket) {
      received = Buffer.concat([received, chunk as Buffer])
      if (received.length < 8) continue
      const end = 4 + received.readInt32BE(0)
      if (received.length >= end) return received.subarray(8, end)
    }
    throw new Error('the broker closed the connection')
  } finally {
    socket.destroy()
  }
}

/**
 * Whether the broker answers ApiVersions at `address`, and names a broker in its Metadata: Apache
 * Kafka opens its port a moment before the controller lets clients know of the broker.
 */
async function serves(address: Address, metadataAddress: Address): Promise<boolean> {
  await ask(address, frame(apiVersionsKey, 0, new Uint8Array()))
  const noTopics = new Uint8Array(4)
  const metadata = await ask(metadataAddress, frame(metadataKey, 1, noTopics))
  return metadata.readInt32BE(0) > 0
}

export interface AwaitBrokerOptions {
  /** @default 60,000 */
  readonly timeoutMs?: number
  /** Ends the waiting, with the signal's reason as the error. */
  readonly signal?: AbortSignal
  /** A listener of the same broker that answers without credentials. @default the address itself */
  readonly metadataAddress?: Address
}

/**
 * Resolves once the broker at `address` serves clients.
 *
 * @throws Error where it does not within `timeoutMs`
 */
export async function awaitBroker(
  address: Address,
  { timeoutMs = 60_000, signal, metadataAddress = address }: AwaitBrokerOptions = {},
): Promise<void> {
  const deadline = performance.now() + timeoutMs
  for (;;) {
    signal?.throwIfAborted()
    let problem: unknown = 'it names no broker in its metadata'
    try {
      if (await serves(address, metadataAddress)) return
    } catch (error) {
      problem = error
    }
    if (performance.now() > deadline) {
      const what = `no broker at ${address.host}:${address.port} after ${timeoutMs} ms`
      throw new Error(what, { cause: problem })
    }
    await delay(retryMs)
  }
}
