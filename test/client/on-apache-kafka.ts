/** The SDK's contract on Apache Kafka: `node --test test/client/on-apache-kafka.ts`; needs Java. */

import { after, before } from 'node:test'
import { Kafka, type KafkaOptions } from '../../src/index-node.ts'
import { startApacheKafka, type ApacheKafka } from '../support/apache-kafka.ts'
import { clientContract, type ClientUnderTest } from './contract.ts'

let broker: ApacheKafka

before(async () => {
  broker = await startApacheKafka()
})
after(() => broker.stop())

const open = async (options?: KafkaOptions): Promise<ClientUnderTest> => {
  const kafka = new Kafka({ url: `kafka://${broker.bootstrap}`, ...options })
  return { kafka, close: () => kafka.close() }
}
// A machine that has much else to do needs more than the moment that is enough for our broker.
clientContract('on Apache Kafka', open, { transactionTimeoutMs: 3000 })
