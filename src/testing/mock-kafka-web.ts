/** `MockKafka` in browsers and Workers. */

import { lz4, snappy } from '../record/lz-codecs.ts'
import { webCodecs } from '../record/web-compression.ts'
import { MockKafka as MockKafkaCore, type MockKafkaOptions } from './mock-kafka-core.ts'

/** A client and a broker of its own, in memory: for tests, in any test runner. */
export class MockKafka extends MockKafkaCore {
  /** Opens a new and empty broker. */
  constructor(options: MockKafkaOptions = {}) {
    // The broker stores batches as they are; of those that it cannot read it looks into none.
    super(options, { codecs: webCodecs, brokerCodecs: { snappy, lz4 } })
  }
}
