/**
 * The scenario with our own SDK, over any of its connections; the same code runs in Node and, with
 * the browser's bundle, in a page.
 */

import type { Kafka } from '../../../src/client/kafka.ts'

/** What `../node/scenario.mjs` gives the Node programs, and a page gets from its program. */
export interface Scenario {
  readonly topic: string
  readonly group: string
  chunks(from: number, to: number, codecs: readonly Codec[]): Iterable<Chunk>
  consumed(member: Member, record: ConsumedRecord): void
  pace(member: Member): Promise<void>
}

export type Codec = 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd'
export type Member = 'A' | 'B'

export interface Chunk {
  readonly codec: Codec
  readonly records: readonly {
    readonly key: string
    readonly value: string
    readonly headers?: Readonly<Record<string, string>>
  }[]
}

export interface ConsumedRecord {
  readonly partition: number
  readonly offset: number
  readonly value: string | null
  readonly header: string | undefined
}

/** Returns the steps of the scenario, for `play`. */
export function stepsOf(kafka: Kafka, scenario: Scenario, codecs: readonly Codec[]) {
  const { topic, group } = scenario
  const producerOf = (compression: Codec) =>
    kafka.producer<string>(topic, { compression, value: 'string' })
  return {
    codecs,
    async createTopic(): Promise<void> {
      await kafka.admin.createTopic(topic, { partitions: 4 })
      await producerOf('none').send(null, { key: 'tombstone' })
    },
    async produce(from: number, to: number): Promise<void> {
      for (const { codec, records } of scenario.chunks(from, to, codecs)) {
        await producerOf(codec).sendBatch(records)
      }
    },
    async join(member: Member): Promise<() => Promise<void>> {
      const consumer = kafka.consumer<string>(topic, { group, value: 'string', autoCommit: true })
      const running = (async () => {
        for await (const { partition, offset, value, headers } of consumer) {
          scenario.consumed(member, { partition, offset, value, header: headers['seq'] })
          await scenario.pace(member)
        }
      })()
      running.catch((error: unknown) => {
        throw error
      })
      return async () => {
        await consumer.close()
        await running
      }
    },
    close: () => kafka.close(),
  }
}
