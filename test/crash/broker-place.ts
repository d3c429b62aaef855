/** Where a broker's data is, and what is left of it after a crash. */

import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { OwnBroker } from '../support/own-broker.ts'
import { DiskImage } from './disk-image.ts'

export interface BrokerPlace {
  readonly dataFolder: string
  /** Ends the broker, and with it whatever this place forgets. */
  crash(broker: OwnBroker): Promise<void>
  close(): void
}

/** A folder: `kill -9` loses nothing that the operating system was given. */
export function folderPlace(folder: string): BrokerPlace {
  const dataFolder = join(folder, 'data')
  mkdirSync(dataFolder, { recursive: true })
  return { dataFolder, crash: (broker) => broker.kill(), close: () => undefined }
}

/** A disk image: the power is cut, which loses all that was not synced. */
export function imagePlace(folder: string, sizeMiB: number): BrokerPlace {
  const image = new DiskImage({ folder, sizeMiB })
  return {
    dataFolder: join(image.mountPoint, 'data'),
    async crash(broker) {
      await broker.kill()
      image.cutPower()
    },
    close: () => image.close(),
  }
}
