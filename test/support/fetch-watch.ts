/** Connections that tell what each broker sends to a client that fetches. */

import { ByteReader } from '../../src/bytes/reader.ts'
import type { Dialer, Frame, FrameReceiver, FrameStream } from '../../src/connection/frame.ts'
import { encodingOf } from '../../src/protocol/api.ts'
import { readResponseHeader } from '../../src/protocol/client-header.ts'
import { fetch } from '../../src/protocol/fetch.ts'
import { apiKeyOf } from './faulty-dialer.ts'

/** What one answer has of one partition; of which topic, later versions say by its id alone. */
export interface FetchedFrom {
  /** The port of the broker that sent it. */
  readonly port: number
  readonly partition: number
  readonly errorCode: number
  readonly recordBytes: number
  /** The replica that the broker names instead; -1 for none. */
  readonly preferredReadReplica: number
}

/** Returns a dialer like `dialer`; `onFetched` hears of each answer to a fetch. */
export function fetchWatch(dialer: Dialer, onFetched: (fetched: FetchedFrom) => void): Dialer {
  return {
    async dial(address, options) {
      const tell = (message: Uint8Array, version: number): void => {
        for (const fetched of read(message, version)) onFetched({ port: address.port, ...fetched })
      }
      return new WatchedStream(await dialer.dial(address, options), tell)
    },
  }
}

function read(message: Uint8Array, version: number): Omit<FetchedFrom, 'port'>[] {
  const reader = new ByteReader(message.slice())
  readResponseHeader(reader, fetch, version)
  const { responses } = fetch.response.read(reader, encodingOf(fetch, version))
  return responses.flatMap(({ partitions }) =>
    partitions.map(({ partitionIndex, errorCode, preferredReadReplica, records }) => ({
      partition: partitionIndex,
      errorCode,
      recordBytes: records?.length ?? 0,
      preferredReadReplica,
    })),
  )
}

/** The version of a request, and what its answer begins with. */
function headerOf([first]: Frame): { version: number; correlationId: number } {
  const view = new DataView(first!.buffer, first!.byteOffset, first!.byteLength)
  return { version: view.getInt16(2), correlationId: view.getInt32(4) }
}

class WatchedStream implements FrameStream {
  readonly #stream: FrameStream
  readonly #tell: (message: Uint8Array, version: number) => void
  /** Versions of the fetches that are not answered yet, by correlation id. */
  readonly #versions = new Map<number, number>()

  constructor(stream: FrameStream, tell: (message: Uint8Array, version: number) => void) {
    this.#stream = stream
    this.#tell = tell
  }

  get bufferedBytes(): number {
    return this.#stream.bufferedBytes
  }

  start(receiver: FrameReceiver): void {
    this.#stream.start({
      ...receiver,
      onFrame: (message) => {
        const { buffer, byteOffset, byteLength } = message
        const correlationId = new DataView(buffer, byteOffset, byteLength).getInt32(0)
        const version = this.#versions.get(correlationId)
        this.#versions.delete(correlationId)
        if (version !== undefined) this.#tell(message, version)
        receiver.onFrame(message)
      },
    })
  }

  send(frame: Frame): void {
    const { version, correlationId } = headerOf(frame)
    if (apiKeyOf(frame) === fetch.key) this.#versions.set(correlationId, version)
    this.#stream.send(frame)
  }

  flush(): void {
    this.#stream.flush?.()
  }

  pause(): void {
    this.#stream.pause()
  }

  resume(): void {
    this.#stream.resume()
  }

  close(reason?: Error): void {
    this.#stream.close(reason)
  }
}
