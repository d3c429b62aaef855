/** A broker inside this process, for `memory:` and `file:` URLs. */

import { percentDecoded } from '../client/settings/percent.ts'
import { InvalidOptionError } from '../client/failure/errors.ts'
import type { Dialer } from '../connection/frame.ts'
import { inProcessDialer } from '../connection/in-process.ts'
import { nodeCodecs } from '../record/node-compression.ts'
import { silentLogger, type Logger } from '../runtime/runtime.ts'
import { systemClock, systemGiveWay, systemRandom } from '../runtime/system-runtime.ts'
import { MemoryStorage } from '../storage/memory-storage.ts'
import { NodeStorage } from '../storage/node-storage.ts'
import { openBroker } from './open-broker.ts'

export interface EmbeddedBroker {
  readonly dialer: Dialer
  close(): Promise<void>
}

/**
 * Opens the broker that `url` names: `memory:` is a new and empty one, `file:./data` keeps its
 * data in that folder, which no other process may have open.
 */
export async function openEmbedded(
  url: string,
  logger: Logger = silentLogger,
): Promise<EmbeddedBroker> {
  const storage = url.startsWith('memory:') ? new MemoryStorage() : new NodeStorage(folderOf(url))
  const broker = openBroker({
    storage,
    clock: systemClock,
    random: systemRandom,
    codecs: nodeCodecs,
    logger,
    options: {},
    onFailure: (error) => logger.error('the embedded broker has stopped', { error: error.message }),
  })
  try {
    await broker.whenReady()
  } catch (error) {
    await broker.close()
    throw error
  }
  return {
    dialer: inProcessDialer(broker, { logger, giveWay: systemGiveWay }),
    close: () => broker.close(),
  }
}

/** @throws InvalidOptionError where there is none: `file://./data` names a host, and `/data` */
function folderOf(url: string): string {
  const [, path] = /^file:(?:\/\/(?=\/))?(?!\/\/)(.+)$/s.exec(url) ?? []
  if (path === undefined) {
    const expected = "'file:./folder', or 'file:///folder' for one that is not in this one"
    throw new InvalidOptionError({ option: 'url', expected, actual: url })
  }
  // A % that encodes nothing is a part of the name.
  return percentDecoded(path)
}
