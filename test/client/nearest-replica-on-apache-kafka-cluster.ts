/**
 * Consumers in a rack on three brokers of Apache Kafka, each in a rack of its own: records come from
 * the broker in the consumer's rack, whoever leads the partition; from the leaders while that broker
 * is away; and from it again. None is lost, and none comes twice.
 *
 * `[VERSION=4.3.1] node --test test/client/nearest-replica-on-apache-kafka-cluster.ts`; needs Java
 * and Maven.
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ConsumerConfig } from '../../src/client/consumer/consumer-options.ts'
import type { Kafka } from '../../src/client/kafka.ts'
import { NodeTcpDialer } from '../../src/connection/node-tcp-dialer.ts'
import { apacheKafkaVersion } from '../support/apache-kafka.ts'
import { fetchWatch, type FetchedFrom } from '../support/fetch-watch.ts'
import { openClient } from '../support/mortal-client.ts'
import { clusterRig } from './soak/cluster-rig.ts'

const version = process.env['VERSION'] ?? apacheKafkaVersion
const partitions = 3
const near = 2
const rackOf = (node: number): string => `rack-${node}`
/** How many records of each partition are to come before something else happens. */
const enough = 100
const patienceMs = 60_000

const rig = clusterRig({
  version,
  properties: {
    'replica.selector.class': 'org.apache.kafka.common.replica.RackAwareReplicaSelector',
  },
  propertiesOf: (node) => ({ 'broker.rack': rackOf(node) }),
})

function nodeAt(port: number): number {
  const addresses = rig.cluster.bootstrap.split(',')
  return rig.cluster.nodes[addresses.findIndex((address) => address.endsWith(`:${port}`))]!
}

/** Opens a client, and tells `onFetched` what its brokers send. */
function connect(onFetched: (fetched: FetchedFrom) => void = () => undefined): Kafka {
  const dialer = fetchWatch(new NodeTcpDialer(), onFetched)
  return openClient(dialer, {
    url: `kafka://${rig.cluster.bootstrap}`,
    timeout: '30s',
    logger: rig.log,
  })
}

/** Sends numbers, from 0 on, to each partition of `topic`, until it is stopped. */
class Writer {
  readonly #kafka = connect()
  #isStopped = false
  readonly #ended: Promise<number>

  constructor(topic: string) {
    this.#ended = this.#write(topic)
  }

  async #write(topic: string): Promise<number> {
    const producer = this.#kafka.producer<number>(topic)
    let next = 0
    for (; !this.#isStopped; next++) {
      const sent = Array.from({ length: partitions }, (_, partition) =>
        producer.send(next, { partition }),
      )
      await Promise.all(sent)
      await sleep(2)
    }
    return next
  }

  /** Returns how many records each partition has. */
  async stop(): Promise<number> {
    this.#isStopped = true
    const count = await this.#ended
    await this.#kafka.close()
    return count
  }
}

/** Reads `topic`, and knows of each partition what came, and from where. */
class Reader {
  readonly #kafka: Kafka
  readonly #topic: string
  readonly values: number[][] = Array.from({ length: partitions }, () => [])
  /** By partition: the nodes that sent records, each time that it was another. */
  readonly senders: number[][] = Array.from({ length: partitions }, () => [])
  readonly bytesFrom = new Map<number, number>()
  /** How often a broker named another replica. */
  redirections = 0
  readonly #reading: Promise<void>
  readonly #closing = new AbortController()

  constructor(topic: string, config: ConsumerConfig<number>) {
    this.#topic = topic
    this.#kafka = connect((fetched) => this.#note(fetched))
    this.#reading = this.#read({ ...config, signal: this.#closing.signal })
  }

  #note({ port, partition, recordBytes, preferredReadReplica }: FetchedFrom): void {
    if (preferredReadReplica >= 0) this.redirections++
    if (recordBytes === 0) return
    const node = nodeAt(port)
    this.bytesFrom.set(node, (this.bytesFrom.get(node) ?? 0) + recordBytes)
    const senders = this.senders[partition]!
    if (senders.at(-1) !== node) {
      senders.push(node)
      rig.log.note(`partition ${partition} comes from ${node}`)
    }
  }

  async #read(config: ConsumerConfig<number>): Promise<void> {
    for await (const { partition, value } of this.#kafka.consumer<number>(this.#topic, config)) {
      this.values[partition]!.push(value)
    }
  }

  /** Resolves once `isReached` says so. */
  async #until(what: string, isReached: () => boolean): Promise<void> {
    const deadlineMs = performance.now() + patienceMs
    while (!isReached()) {
      const sent = this.senders.map((nodes) => nodes.join()).join(' | ')
      if (performance.now() > deadlineMs) throw new Error(`not ${what}; senders are ${sent}`)
      await Promise.race([sleep(10), this.#reading])
    }
  }

  /** Resolves once `count` more records of each partition have come. */
  async more(count = enough): Promise<void> {
    const goals = this.values.map(({ length }) => length + count)
    await this.#until(`${count} more records of each partition`, () =>
      this.values.every(({ length }, partition) => length >= goals[partition]!),
    )
  }

  /** Resolves once all partitions come from `node`. */
  async comesFrom(node: number): Promise<void> {
    await this.#until(`all from ${node}`, () => this.senders.every((all) => all.at(-1) === node))
  }

  /** Resolves once each partition has brought `count` records, and closes. */
  async end(count: number): Promise<void> {
    await this.#until(`${count} records of each partition`, () =>
      this.values.every(({ length }) => length >= count),
    )
    this.#closing.abort()
    await this.#reading
    await this.#kafka.close()
    const expected = Array.from({ length: count }, (_, value) => value)
    for (const values of this.values) assert.deepEqual(values, expected)
  }
}

/** Creates a topic whose partitions are led by different brokers. */
async function createTopic(topic: string): Promise<void> {
  await using kafka = connect()
  await kafka.admin.createTopic(topic, { partitions })
  await rig.cluster.inSync()
}

const told = (reader: Reader): string =>
  `${[...reader.bytesFrom].map(([node, bytes]) => `${bytes} bytes from ${node}`).join(', ')}; ` +
  `senders ${reader.senders.map((nodes) => nodes.join('→')).join(' | ')}\n`

test('without a rack, records come from the leaders', { timeout: 3 * patienceMs }, async () => {
  await createTopic('far')
  const writer = new Writer('far')
  const reader = new Reader('far', {})
  await reader.more()
  await reader.end(await writer.stop())
  assert.deepEqual(new Set(reader.bytesFrom.keys()), new Set(rig.cluster.nodes))
  assert.equal(reader.redirections, 0)
  process.stdout.write(`far: ${told(reader)}`)
})

test('in a group, too, records come from the near broker', async () => {
  await createTopic('grouped')
  const writer = new Writer('grouped')
  const reader = new Reader('grouped', { group: 'near', rackId: rackOf(near) })
  await reader.more()
  await reader.end(await writer.stop())
  assert.deepEqual([...reader.bytesFrom.keys()], [near])
  assert.equal(reader.redirections, partitions - 1)
  process.stdout.write(`grouped: ${told(reader)}`)
})

const absences = [
  ['is killed', () => rig.cluster.kill(near), () => rig.cluster.restart(near)],
  ['is shut down', () => rig.cluster.shutDown(near), () => rig.cluster.restart(near)],
  ['hangs', async () => rig.cluster.freeze(near), async () => rig.cluster.thaw(near)],
] as const

for (const [what, goAway, comeBack] of absences) {
  const name = `records come from the near broker, from others while it ${what}, and from it again`
  test(name, { timeout: 5 * patienceMs }, async () => {
    const topic = `near-${what.replaceAll(' ', '-')}`
    await createTopic(topic)
    const writer = new Writer(topic)
    const reader = new Reader(topic, { rackId: rackOf(near) })
    await reader.more()
    assert.deepEqual([...reader.bytesFrom.keys()], [near])
    assert.equal(reader.redirections, partitions - 1)

    await goAway()
    rig.log.note(`${near} ${what}`)
    await reader.more()
    assert.ok(reader.senders.every((nodes) => nodes.at(-1) !== near))

    await comeBack()
    rig.log.note(`${near} is back`)
    await rig.cluster.inSync()
    await reader.comesFrom(near)
    await reader.more()
    assert.ok(reader.senders.every((nodes) => nodes.at(-1) === near))
    await reader.end(await writer.stop())
    process.stdout.write(`${what}: ${told(reader)}`)
  })
}
