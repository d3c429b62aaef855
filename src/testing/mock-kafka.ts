/** `MockKafka` in Node, Bun and Deno. */

import { nodeCodecs } from '../record/node-compression.ts'
import {
  MockKafka as MockKafkaCore,
  type MockKafkaOptions,
  type MockPlatform,
} from './mock-kafka-core.ts'

const nodePlatform: MockPlatform = {
  codecs: nodeCodecs,
  brokerCodecs: nodeCodecs,
  loadStateFolders: async () => {
    const { openStateFolder } = await import('../streams/stores/node-state-folder.ts')
    return openStateFolder
  },
  listenOn: async (handler, options) => {
    const { listenOn } = await import('./node-listen.ts')
    return listenOn(handler, options)
  },
}

/** A client and a broker of its own, in memory: for tests, in any test runner. */
export class MockKafka extends MockKafkaCore {
  /** Opens a new and empty broker. */
  constructor(options: MockKafkaOptions = {}) {
    super(options, nodePlatform)
  }
}
