/** One connection to any broker, on which a test says each request as it is in the protocol. */

import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { ByteReader } from '../../src/bytes/reader.ts'
import { ByteWriter } from '../../src/bytes/writer.ts'
import { encodingOf, readWhole, type Api } from '../../src/protocol/api.ts'
import { readResponseHeader, writeRequestHeader } from '../../src/protocol/client-header.ts'

export class RawClient {
  readonly #socket: Socket
  #received: Buffer = Buffer.alloc(0)
  #correlationId = 0

  private constructor(socket: Socket) {
    this.#socket = socket
  }

  static async connect(bootstrap: string): Promise<RawClient> {
    const at = bootstrap.lastIndexOf(':')
    const socket = connect(Number(bootstrap.slice(at + 1)), bootstrap.slice(0, at))
    await once(socket, 'connect')
    return new RawClient(socket)
  }

  /** Sends a request and returns its answer; one at a time. */
  async request<Request, Response, Input, ResponseInput>(
    api: Api<Request, Response, Input, ResponseInput>,
    version: number,
    body: Input,
  ): Promise<Response> {
    const writer = new ByteWriter()
    const correlationId = this.#correlationId++
    writeRequestHeader(writer, { api, version, correlationId, clientId: 'test' })
    api.request.write(writer, body, encodingOf(api, version))
    const message = writer.finish()
    const prefix = Buffer.alloc(4)
    prefix.writeInt32BE(message.length)
    this.#socket.write(Buffer.concat([prefix, message]))
    const reader = new ByteReader(new Uint8Array(await this.#frame()))
    readResponseHeader(reader, api, version)
    return readWhole(api.response, reader, encodingOf(api, version))
  }

  close(): void {
    this.#socket.destroy()
  }

  async #frame(): Promise<Uint8Array> {
    const parts = [this.#received]
    let length = this.#received.length
    let wanted = 4
    for (;;) {
      if (length >= 4 && wanted === 4) {
        wanted = 4 + Buffer.concat(parts).readInt32BE(0)
      }
      if (length >= wanted && wanted > 4) break
      const [chunk] = (await once(this.#socket, 'data')) as [Buffer]
      parts.push(chunk)
      length += chunk.length
    }
    const all = Buffer.concat(parts)
    this.#received = all.subarray(wanted)
    return all.subarray(4, wanted)
  }
}
