/**
 * Three brokers of Apache Kafka as a test rig: KRaft nodes from the Maven jars, each broker and
 * controller, whose logs and data are in a folder below the system's temporary one. What happens to
 * them in a test, `cluster-disturber.ts` says.
 */

import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { alterPartitionReassignments } from '../../src/protocol/alter-partition-reassignments.ts'
import { electLeaders } from '../../src/protocol/elect-leaders.ts'
import { metadata, type MetadataResponse } from '../../src/protocol/metadata.ts'
import { freePorts } from './apache-kafka.ts'
import { apacheKafkaTool, apacheKafkaVersion, spawnJava } from './apache-kafka/jars.ts'
import { awaitBroker } from './await-broker.ts'
import { endWithUs } from './end-with-us.ts'
import { RawClient } from './raw-client.ts'

const host = '127.0.0.1'
const heap = '320M'
const startTimeoutMs = 120_000

export interface ApacheKafkaCluster {
  /** Hosts and ports of all brokers. */
  readonly bootstrap: string
  readonly nodes: readonly number[]
  /** Ends a broker as a crash does. */
  kill(node: number): Promise<void>
  /** Ends a broker the way that hands its partitions over first. */
  shutDown(node: number): Promise<void>
  /** Starts a broker that was ended; resolves when it serves clients. */
  restart(node: number): Promise<void>
  /** Stops a broker where it is, its connections open, until `thaw`. */
  freeze(node: number): void
  thaw(node: number): void
  /** Gives each partition another leader, chosen by `rotate` of its number. */
  moveLeaders(rotate: (partition: number) => number): Promise<void>
  /** Resolves when each partition has a leader, and all of its replicas are in sync. */
  inSync(): Promise<void>
  /** Thaws what is frozen and restarts what has ended; resolves when all are in sync. */
  mend(): Promise<void>
  stop(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

interface Node {
  /** Of Apache Kafka. */
  readonly version: string
  readonly id: number
  readonly port: number
  readonly properties: string
  readonly logFile: string
  process: ChildProcess | undefined
}

export interface ApacheKafkaClusterOptions {
  /** @default the newest */
  readonly version?: string
  /** Further settings of `server.properties`. */
  readonly properties?: Readonly<Record<string, string>>
  /** Those that each broker has for itself, by its number. */
  readonly propertiesOf?: (node: number) => Readonly<Record<string, string>>
}

function serverProperties(
  id: number,
  ports: number[],
  controllers: number[],
  data: string,
): Record<string, string> {
  const voters = controllers.map((port, index) => `${index + 1}@${host}:${port}`).join()
  return {
    'process.roles': 'broker,controller',
    'node.id': String(id),
    'controller.quorum.voters': voters,
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'CLIENTS',
    listeners: `CLIENTS://${host}:${ports[id - 1]},CONTROLLER://${host}:${controllers[id - 1]}`,
    'advertised.listeners': `CLIENTS://${host}:${ports[id - 1]}`,
    'listener.security.protocol.map': 'CLIENTS:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'log.dirs': data,
    'default.replication.factor': '3',
    'min.insync.replicas': '2',
    'offsets.topic.replication.factor': '3',
    'offsets.topic.num.partitions': '3',
    'transaction.state.log.replication.factor': '3',
    'transaction.state.log.min.isr': '2',
    'transaction.state.log.num.partitions': '3',
    'group.initial.rebalance.delay.ms': '0',
    'broker.session.timeout.ms': '3000',
    'broker.heartbeat.interval.ms': '500',
    'replica.lag.time.max.ms': '3000',
    'leader.imbalance.check.interval.seconds': '5',
    'leader.imbalance.per.broker.percentage': '0',
    'unclean.leader.election.enable': 'false',
  }
}

async function launch(node: Node): Promise<void> {
  const log = openSync(node.logFile, 'a')
  const child = await spawnJava('kafka.Kafka', [node.properties], {
    virtualMachine: [`-Xms${heap}`, `-Xmx${heap}`, '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'],
    logLevel: 'INFO',
    version: node.version,
    stdio: ['ignore', log, log],
  })
  closeSync(log)
  endWithUs(child)
  node.process = child
}

async function end(node: Node, signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
  const child = node.process
  node.process = undefined
  if (!child || child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill(signal)
  const impatience = setTimeout(() => child.kill('SIGKILL'), 30_000)
  await ended
  clearTimeout(impatience)
}

async function serves({ port }: Node): Promise<void> {
  await awaitBroker({ host, port }, { timeoutMs: startTimeoutMs })
}

/** Sends requests to a broker that is up, on a connection of their own. */
async function asking<Result>(
  nodes: readonly Node[],
  ask: (client: RawClient) => Promise<Result>,
): Promise<Result> {
  const node = nodes.find(({ process }) => process)
  if (!node) throw new Error('no broker is up')
  const client = await RawClient.connect(`${host}:${node.port}`)
  try {
    return await ask(client)
  } finally {
    client.close()
  }
}

const allTopics = (client: RawClient): Promise<MetadataResponse> =>
  client.request(metadata, 12, { topics: null, allowAutoTopicCreation: false })

/** Moves the first replica, who is to lead, and has the controller make it the leader. */
async function moveLeaders(
  nodes: readonly Node[],
  rotate: (partition: number) => number,
): Promise<void> {
  await asking(nodes, async (client) => {
    const { topics } = await allTopics(client)
    const moves = topics.map(({ name, partitions }) => ({
      name: name!,
      partitions: partitions.map(({ partitionIndex, replicaNodes }) => {
        const by = rotate(partitionIndex) % replicaNodes.length
        const replicas = [...replicaNodes.slice(by), ...replicaNodes.slice(0, by)]
        return { partitionIndex, replicas }
      }),
    }))
    if (moves.length === 0) return
    await client.request(alterPartitionReassignments, 0, { topics: moves })
    await client.request(electLeaders, 2, { electionType: 0, topicPartitions: null })
  })
}

async function awaitSync(nodes: readonly Node[]): Promise<void> {
  const deadlineMs = performance.now() + startTimeoutMs
  for (;;) {
    const { topics, brokers } = await asking(nodes, allTopics)
    const lagging = topics.flatMap(({ name, partitions }) =>
      partitions
        .filter((found) => found.leaderId < 0 || found.isrNodes.length < found.replicaNodes.length)
        .map(({ partitionIndex, isrNodes }) => `${name}-${partitionIndex}: [${isrNodes.join()}]`),
    )
    if (lagging.length === 0 && brokers.length === nodes.length) return
    if (performance.now() > deadlineMs) throw new Error(`not in sync: ${lagging.join()}`)
    await sleep(100)
  }
}

/** Starts three brokers and resolves once they serve clients. */
export async function startApacheKafkaCluster({
  version = apacheKafkaVersion,
  properties = {},
  propertiesOf = () => ({}),
}: ApacheKafkaClusterOptions = {}): Promise<ApacheKafkaCluster> {
  const folder = await mkdtemp(join(tmpdir(), 'apache-kafka-cluster-'))
  const ids = [1, 2, 3]
  const all = await freePorts(2 * ids.length)
  const [ports, controllers] = [all.slice(0, ids.length), all.slice(ids.length)]
  const nodes: Node[] = []
  for (const id of ids) {
    const file = join(folder, `${id}.properties`)
    const own = serverProperties(id, ports, controllers, join(folder, `data-${id}`))
    const all = { ...own, ...properties, ...propertiesOf(id) }
    const lines = Object.entries(all).map((entry) => entry.join('='))
    await writeFile(file, lines.join('\n'))
    const format = ['format', '--cluster-id', 'kafkaDoReferenceBroker', '--config', file]
    await apacheKafkaTool('kafka.tools.StorageTool', format, version)
    const logFile = join(folder, `${id}.log`)
    nodes.push({ version, id, port: ports[id - 1]!, properties: file, logFile, process: undefined })
  }
  const nodeOf = (id: number): Node => nodes.find((node) => node.id === id)!
  const stop = async (): Promise<void> => {
    await Promise.all(nodes.map((node) => end(node, 'SIGKILL')))
    await rm(folder, { recursive: true, force: true })
  }
  try {
    await Promise.all(nodes.map(launch))
    await Promise.all(nodes.map(serves))
  } catch (error) {
    await stop()
    throw error
  }
  const restart = async (node: Node): Promise<void> => {
    await launch(node)
    await serves(node)
  }
  const mend = async (): Promise<void> => {
    for (const { process } of nodes) process?.kill('SIGCONT')
    await Promise.all(nodes.filter(({ process }) => !process).map(restart))
    await awaitSync(nodes)
  }
  return {
    bootstrap: nodes.map(({ port }) => `${host}:${port}`).join(),
    nodes: ids,
    kill: (id) => end(nodeOf(id), 'SIGKILL'),
    shutDown: (id) => end(nodeOf(id), 'SIGTERM'),
    restart: (id) => restart(nodeOf(id)),
    freeze: (id) => void nodeOf(id).process?.kill('SIGSTOP'),
    thaw: (id) => void nodeOf(id).process?.kill('SIGCONT'),
    moveLeaders: (rotate) => moveLeaders(nodes, rotate),
    inSync: () => awaitSync(nodes),
    mend,
    stop,
    [Symbol.asyncDispose]: stop,
  }
}
