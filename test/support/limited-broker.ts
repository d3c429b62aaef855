/** Our broker, offering only the versions of APIs that another kind of broker has. */

import { Broker } from '../../src/broker/broker.ts'
import { ByteReader } from '../../src/bytes/reader.ts'
import { ByteWriter } from '../../src/bytes/writer.ts'
import type { Dialer } from '../../src/connection/frame.ts'
import { inProcessDialer } from '../../src/connection/in-process.ts'
import type { RequestHandler } from '../../src/connection/request-handler.ts'
import { encodingOf } from '../../src/protocol/api.ts'
import { apiVersions } from '../../src/protocol/api-versions.ts'
import { readRequestHeader, writeResponseHeader } from '../../src/protocol/server-header.ts'
import { nodeCodecs } from '../../src/record/node-compression.ts'
import { silentLogger } from '../../src/runtime/runtime.ts'
import { systemClock, systemGiveWay, systemRandom } from '../../src/runtime/system-runtime.ts'
import { MemoryStorage } from '../../src/storage/memory-storage.ts'

/** The newest version that is offered, by API key; what is left out is not offered. */
export type NewestVersions = Readonly<Record<number, number>>

export interface LimitedBroker {
  readonly dialer: Dialer
  /** Requests that were in no version that is offered. */
  readonly beyond: string[]
  close(): Promise<void>
}

/** Opens a new and empty broker, in memory. */
export function openLimitedBroker(newest: NewestVersions): LimitedBroker {
  const broker = Broker.open({
    storage: new MemoryStorage(),
    clock: systemClock,
    random: systemRandom,
    logger: silentLogger,
    codecs: nodeCodecs,
    options: { groups: { initialRebalanceDelayMs: 0 } },
    onFailure: (error) => {
      throw error
    },
  })
  const beyond: string[] = []
  const handler: RequestHandler = {
    opened: (peer) => broker.opened(peer),
    isPipelined: (message) => broker.isPipelined(message),
    handle(message, peer) {
      const { apiKey, apiVersion, correlationId } = readRequestHeader(new ByteReader(message))
      if (apiVersion > (newest[apiKey] ?? -1)) beyond.push(`${apiKey} in ${apiVersion}`)
      const reply = broker.handle(message, peer)
      return apiKey === apiVersions.key ? offer(newest, apiVersion, correlationId) : reply
    },
  }
  const dialer = inProcessDialer(handler, { logger: silentLogger, giveWay: systemGiveWay })
  return { dialer, beyond, close: () => broker.close() }
}

function offer(newest: NewestVersions, version: number, correlationId: number) {
  const apiKeys = Object.entries(newest).map(([key, maxVersion]) => ({
    apiKey: Number(key),
    minVersion: 0,
    maxVersion,
  }))
  const writer = new ByteWriter()
  writeResponseHeader(writer, apiVersions, version, correlationId)
  apiVersions.response.write(writer, { errorCode: 0, apiKeys }, encodingOf(apiVersions, version))
  return writer.pieces()
}
