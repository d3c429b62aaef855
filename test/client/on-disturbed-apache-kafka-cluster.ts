/**
 * The SDK's contract on three brokers of Apache Kafka that are killed, shut down, frozen and
 * restarted all the while, one at a time, as leaders move: once for each of three seeds, and once
 * on 3.9, with its older protocols.
 *
 * `[SEED=1,2,3] [VERSION=4.3.1] node --test test/client/on-disturbed-apache-kafka-cluster.ts`; needs
 * Java and Maven.
 */

import { after, afterEach, before, describe } from 'node:test'
import { Kafka, type KafkaOptions } from '../../src/index-node.ts'
import { apacheKafkaVersion, olderApacheKafkaVersion } from '../support/apache-kafka.ts'
import { startApacheKafkaCluster } from '../support/apache-kafka-cluster.ts'
import type { ApacheKafkaCluster } from '../support/apache-kafka-cluster.ts'
import { Disturber } from '../support/cluster-disturber.ts'
import { LastWords } from '../support/last-words.ts'
import { clientContract, type ClientUnderTest } from './contract.ts'

const versions = process.env['VERSION']?.split(',') ?? [apacheKafkaVersion, olderApacheKafkaVersion]
const seedsOf = (version: string): number[] => {
  const seeds = process.env['SEED'] ?? (version === apacheKafkaVersion ? '1,2,3' : '4')
  return seeds.split(',').map(Number)
}
/** Longer than a broker is ever away, and has its leaders chosen. */
const limits = { timeout: '90s' } as const
const transactionTimeoutMs = 20_000

for (const version of versions) {
  describe(`Apache Kafka ${version}`, () => {
    let cluster: ApacheKafkaCluster
    before(async () => {
      cluster = await startApacheKafkaCluster({ version })
    })
    after(() => cluster.stop())

    for (const seed of seedsOf(version)) {
      describe(`seed ${seed}`, () => {
        contractOn(() => cluster, {
          seed,
          groupType: version.startsWith('3.') ? 'classic' : 'consumer',
        })
      })
    }
  })
}

interface Run {
  readonly seed: number
  readonly groupType: 'classic' | 'consumer'
}

function contractOn(cluster: () => ApacheKafkaCluster, { seed, groupType }: Run): void {
  let disturber: Disturber
  const words = new LastWords()
  before(() => {
    disturber = new Disturber(cluster(), { seed, note: (what) => words.note(what) })
  })
  afterEach((context) => {
    if ('passed' in context && !context.passed) process.stdout.write(words.told())
    words.forget()
  })
  after(async () => {
    await disturber.stop()
    process.stdout.write(`seed ${seed}: ${disturber.told()}\n`)
  })

  const open = async (options?: KafkaOptions): Promise<ClientUnderTest> => {
    const { logger } = words
    const url = `kafka://${cluster().bootstrap}`
    const kafka = new Kafka({ url, logger, ...limits, ...options })
    return { kafka, close: () => kafka.close() }
  }
  const calmly = (work: () => Promise<void>): Promise<void> => disturber.calmly(work)
  const contract = { groupType, calmly, transactionTimeoutMs }
  clientContract('on a cluster that is disturbed', open, contract)
}
