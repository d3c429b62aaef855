/** The SDK's contract on Apache Kafka: `node --test test/client/on-apache-kafka.ts`; needs Java. */

import { after, before } from 'node:test'
import { Kafka } from '../../src/index-node.ts'
import { startApacheKafka, type ApacheKafka } from '../support/apache-kafka.ts'
import { clientContract } from './contract.ts'

let broker: ApacheKafka

before(async () => {
  broker = await startApacheKafka()
})
after(() => broker.stop())

clientContract('on Apache Kafka', async () => {
  const kafka = new Kafka({ url: `kafka://${broker.bootstrap}` })
  return { kafka, close: () => kafka.close() }
})
