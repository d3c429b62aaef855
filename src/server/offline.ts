/** A client of a stopped server's data folder: the broker runs inside this process meanwhile. */

import { Kafka } from '../client/kafka.ts'
import { inProcessDialer } from '../connection/in-process.ts'
import { nodeCodecs } from '../record/node-compression.ts'
import { silentLogger } from '../runtime/runtime.ts'
import { systemClock, systemGiveWay, systemRandom } from '../runtime/system-runtime.ts'
import { NodeStorage } from '../storage/node-storage.ts'
import { openBroker } from './open-broker.ts'

/** Whoever may write to the folder may do everything, under this name. */
const offlineUser = 'offline-administrator'

/** Runs `work` with a client that may do everything, and closes the folder however it ends. */
export async function withFolder<Result>(
  folder: string,
  work: (kafka: Kafka) => Promise<Result>,
): Promise<Result> {
  const broker = openBroker({
    storage: new NodeStorage(folder),
    clock: systemClock,
    random: systemRandom,
    codecs: nodeCodecs,
    logger: silentLogger,
    options: { authentication: 'required', superUsers: [offlineUser] },
    onFailure: () => {
      // What was asked for fails as well, and says why.
    },
  })
  const user = { name: offlineUser, isCurrent: () => true }
  const dialer = inProcessDialer(broker, {
    logger: silentLogger,
    giveWay: systemGiveWay,
    user,
  })
  const kafka = new Kafka(
    { url: 'memory:' },
    {
      transports: { memory: () => ({ dialer }) },
      clock: systemClock,
      random: systemRandom,
      codecs: nodeCodecs,
      env: {},
      logger: silentLogger,
    },
  )
  try {
    await broker.whenReady()
    return await work(kafka)
  } finally {
    await kafka.close()
    await broker.close()
  }
}
