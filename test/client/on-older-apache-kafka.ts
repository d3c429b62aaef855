/**
 * The SDK's contract on Apache Kafka 3.9, whose groups and transactions are those of the older
 * protocols: `node --test test/client/on-older-apache-kafka.ts`; needs Java and Maven.
 */

import { after, before } from 'node:test'
import { Kafka, type KafkaOptions } from '../../src/index-node.ts'
import { olderApacheKafkaVersion as version, startApacheKafka } from '../support/apache-kafka.ts'
import type { ApacheKafka } from '../support/apache-kafka.ts'
import { clientContract, type ClientUnderTest } from './contract.ts'

let broker: ApacheKafka

before(async () => {
  broker = await startApacheKafka({ version, heap: '512M' })
})
after(() => broker.stop())

const open = async (options?: KafkaOptions): Promise<ClientUnderTest> => {
  const kafka = new Kafka({ url: `kafka://${broker.bootstrap}`, ...options })
  return { kafka, close: () => kafka.close() }
}
const contract = { groupType: 'classic', transactionTimeoutMs: 3000 } as const
clientContract(`on Apache Kafka ${version}`, open, contract)
