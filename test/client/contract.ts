/**
 * What the SDK does whatever it is connected to and however: the same tests run in this process,
 * over TCP, over WebSocket, and on Apache Kafka.
 */

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { KafkaError } from '../../src/client/failure/errors.ts'
import type { Kafka } from '../../src/client/kafka.ts'
import type { KafkaOptions } from '../../src/client/settings/kafka-options.ts'
import type { TopicConfig } from '../../src/client/admin/topic-config.ts'
import { consumingContract } from './consuming-contract.ts'
import { groupsContract } from './groups-contract.ts'
import { adminContract } from './admin-contract.ts'
import { operatingContract } from './operating-contract.ts'
import { processingContract } from './processing-contract.ts'
import { patternContract } from './pattern-contract.ts'
import { producingContract } from './producing-contract.ts'
import { rebalanceContract } from './rebalance-contract.ts'
import { staticMembersContract } from './static-members-contract.ts'
import { transactionsContract } from './transactions-contract.ts'

/** A client and what goes with it. */
export interface ClientUnderTest {
  readonly kafka: Kafka
  close(): Promise<void>
}

/** What a part of the contract is given: the client, once it is there, and names for its topics. */
export interface ContractContext {
  readonly kafka: () => Kafka
  /** Opens another client, with options of its own; its broker may be another one, too. */
  readonly open: (options: KafkaOptions) => Promise<ClientUnderTest>
  /** Returns a name that no other test uses. */
  readonly name: (what: string) => string
  /** The protocol that groups of the brokers have. */
  readonly groupType: 'consumer' | 'classic'
  /** As `admin.createTopic`, as soon as there are brokers enough. */
  readonly create: (topic: string, config: TopicConfig) => Promise<void>
  /** Creates a topic of a name that no other test uses. */
  readonly topic: (partitions?: number) => Promise<string>
  /** Runs what relies on no broker ending meanwhile, and says there why. */
  readonly calmly: (work: () => Promise<void>) => Promise<void>
  /** Whether no broker ends while the contract runs. */
  readonly isCalm: boolean
  /** A limit that a transaction keeps unless it hangs. */
  readonly transactionTimeoutMs: number
}

/** In what the brokers may differ. */
export type ContractOptions = Partial<
  Pick<ContractContext, 'groupType' | 'calmly' | 'transactionTimeoutMs'>
>

let nameCount = 0

export function clientContract(
  what: string,
  open: (options?: KafkaOptions) => Promise<ClientUnderTest>,
  options: ContractOptions = {},
): void {
  describe(`the SDK ${what}`, () => {
    let client: ClientUnderTest
    before(async () => {
      client = await open()
    })
    after(() => client.close())

    const run = Date.now().toString(36)
    const name = (kind: string): string => `${kind}-${run}-${++nameCount}`
    const create = async (topic: string, config: TopicConfig): Promise<void> => {
      const { admin } = client.kafka
      const isThere = async (): Promise<boolean> =>
        (await admin.listTopics()).some(({ name }) => name === topic)
      try {
        await admin.createTopic(topic, config)
      } catch (error) {
        if (!KafkaError.is(error) || !options.calmly) throw error
        // A broker that is shutting down is given no replicas; one that is killed takes the answer
        // along.
        const isShort = error.kafkaName === 'INVALID_REPLICATION_FACTOR'
        // A broker asks the controller again where it has lost that one's answer.
        const isThereNow = error.kafkaName === 'TOPIC_ALREADY_EXISTS'
        if (!isShort && !isThereNow && !error.maybeApplied) throw error
        await options.calmly(async () => {
          if (!(await isThere())) await admin.createTopic(topic, config)
        })
      }
      // A broker that was away hears of it a moment later.
      if (options.calmly) while (!(await isThere()));
    }
    const context: ContractContext = {
      kafka: () => client.kafka,
      open,
      name,
      groupType: 'consumer',
      calmly: (work) => work(),
      isCalm: !options.calmly,
      transactionTimeoutMs: 200,
      ...options,
      create,
      async topic(partitions = 1) {
        const topic = name('topic')
        await create(topic, { partitions })
        return topic
      },
    }
    producingContract(context)
    consumingContract(context)
    groupsContract(context)
    staticMembersContract(context)
    rebalanceContract(context)
    patternContract(context)
    processingContract(context)
    transactionsContract(context)
    adminContract(context)
    operatingContract(context)

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
