/**
 * What the SDK does whatever it is connected to and however: the same tests run in this process,
 * over TCP, over WebSocket, and on Apache Kafka.
 */

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Kafka } from '../../src/client/kafka.ts'
import { consumingContract } from './consuming-contract.ts'
import { groupsContract } from './groups-contract.ts'
import { adminContract } from './admin-contract.ts'
import { processingContract } from './processing-contract.ts'
import { producingContract } from './producing-contract.ts'
import { transactionsContract } from './transactions-contract.ts'

/** A client and what goes with it. */
export interface ClientUnderTest {
  readonly kafka: Kafka
  close(): Promise<void>
}

/** What a part of the contract is given: the client, once it is there, and names for its topics. */
export interface ContractContext {
  readonly kafka: () => Kafka
  /** Returns a name that no other test uses. */
  readonly name: (what: string) => string
  /** The protocol that groups of the brokers have. */
  readonly groupType: 'consumer' | 'classic'
  /** Creates a topic of such a name. */
  readonly topic: (partitions?: number) => Promise<string>
}

let nameCount = 0

export function clientContract(
  what: string,
  open: () => Promise<ClientUnderTest>,
  { groupType = 'consumer' }: Partial<Pick<ContractContext, 'groupType'>> = {},
): void {
  describe(`the SDK ${what}`, () => {
    let client: ClientUnderTest
    before(async () => {
      client = await open()
    })
    after(() => client.close())

    const run = Date.now().toString(36)
    const name = (kind: string): string => `${kind}-${run}-${++nameCount}`
    const context: ContractContext = {
      kafka: () => client.kafka,
      name,
      groupType,
      async topic(partitions = 1) {
        const topic = name('topic')
        await client.kafka.admin.createTopic(topic, { partitions })
        return topic
      },
    }
    producingContract(context)
    consumingContract(context)
    groupsContract(context)
    processingContract(context)
    transactionsContract(context)
    adminContract(context)

    test('close() is over at once where nothing is left to do, and may be called again', async () => {
      const client = await open()
      const { kafka } = client
      await kafka.admin.listTopics()
      await kafka.close()
      await kafka.close()
      await assert.rejects(async () => kafka.admin.listTopics(), { code: 'closed' })
      assert.throws(() => kafka.producer('topic'), { code: 'closed' })
      await client.close()
    })
  })
}
