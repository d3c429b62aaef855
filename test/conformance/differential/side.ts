/**
 * One of the two brokers: connections by name, and what the broker calls things that the script
 * has names for. Ids differ between brokers; the names that stand for them do not.
 */

import { ByteReader } from '../../../src/bytes/reader.ts'
import { ByteWriter } from '../../../src/bytes/writer.ts'
import { encodingOf, readWhole, type Api } from '../../../src/protocol/api.ts'
import { readResponseHeader, writeRequestHeader } from '../../../src/protocol/client-header.ts'
import { Wire, type Reply } from './wire.ts'

/** Instead of an answer. */
export interface NoAnswer {
  readonly noAnswer: string
}

export class Side {
  readonly name: 'theirs' | 'ours'
  readonly bootstrap: string
  /** What stands for an id, by the id. */
  readonly symbols = new Map<string, string>()
  readonly producers = new Map<number, string>()
  readonly #ids = new Map<string, string>()
  readonly #generations = new Map<string, number>()
  readonly #wires = new Map<string, Wire>()
  #correlationId = 0

  constructor(name: 'theirs' | 'ours', bootstrap: string) {
    this.name = name
    this.bootstrap = bootstrap
  }

  /** Returns the id of the topic that was last seen under this name. */
  topicId(topic: string): string {
    const id = this.#ids.get(topic)
    if (id === undefined) throw new Error(`the id of topic ${topic} was never seen (${this.name})`)
    return id
  }

  knowsTopic(topic: string): boolean {
    return this.#ids.has(topic)
  }

  learnTopic(topic: string, id: string): void {
    if (this.symbols.has(id)) return
    const generation = (this.#generations.get(topic) ?? 0) + 1
    this.#generations.set(topic, generation)
    this.#ids.set(topic, id)
    this.symbols.set(id, `<id of ${topic}${generation > 1 ? `, number ${generation}` : ''}>`)
  }

  async exchange(message: Uint8Array, connection: string): Promise<Reply> {
    return await (await this.#wire(connection)).exchange(message)
  }

  /** Sends a request that nothing answers. */
  async send(message: Uint8Array, connection: string): Promise<void> {
    const wire = await this.#wire(connection)
    wire.send(message)
  }

  async request<Request, Response, Input, ResponseInput>(
    api: Api<Request, Response, Input, ResponseInput>,
    version: number,
    { body, connection }: { readonly body: Input; readonly connection: string },
  ): Promise<Response | NoAnswer> {
    const correlationId = this.#correlationId++
    const message = requestMessage(api, version, { body, correlationId })
    const reply = await this.exchange(message, connection)
    if (typeof reply === 'string') return { noAnswer: reply }
    try {
      const reader = new ByteReader(reply)
      const answered = readResponseHeader(reader, api, version)
      if (answered !== correlationId) return { noAnswer: `answer ${answered - correlationId} off` }
      return readWhole(api.response, reader, encodingOf(api, version))
    } catch (error) {
      return { noAnswer: `malformed: ${(error as Error).message}` }
    }
  }

  disconnect(connection: string): void {
    this.#wires.get(connection)?.close()
    this.#wires.delete(connection)
  }

  close(): void {
    for (const wire of this.#wires.values()) wire.close()
    this.#wires.clear()
  }

  async #wire(connection: string): Promise<Wire> {
    const known = this.#wires.get(connection)
    if (known && !known.isClosed) return known
    const opened = await Wire.open(this.bootstrap)
    this.#wires.set(connection, opened)
    return opened
  }
}

export interface MessageOptions<Input> {
  readonly body: Input
  readonly correlationId: number
}

export function requestMessage<Request, Response, Input, ResponseInput>(
  api: Api<Request, Response, Input, ResponseInput>,
  version: number,
  { body, correlationId }: MessageOptions<Input>,
): Uint8Array {
  const writer = new ByteWriter()
  writeRequestHeader(writer, { api, version, correlationId, clientId: 'script' })
  api.request.write(writer, body, encodingOf(api, version))
  return writer.finish()
}
