/**
 * Apache Kafka as a test rig: a single KRaft node started from its Maven jars, with logs and, by
 * default, data in a folder of its own below the system's temporary one.
 */

import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { apacheKafkaTool, spawnJava } from './apache-kafka/jars.ts'
import { awaitBroker } from './await-broker.ts'
import { endWithUs } from './end-with-us.ts'
import { cpuSeconds, residentBytes } from './process-usage.ts'

export {
  apacheKafkaTool,
  apacheKafkaVersion,
  olderApacheKafkaVersion,
} from './apache-kafka/jars.ts'

const host = '127.0.0.1'
const stopTimeoutMs = 30_000

// What `kafka-server-start.sh` and `kafka-run-class.sh` of the Kafka distribution pass.
const performanceOptions = [
  '-server',
  '-XX:+UseG1GC',
  '-XX:MaxGCPauseMillis=20',
  '-XX:InitiatingHeapOccupancyPercent=35',
  '-XX:+ExplicitGCInvokesConcurrent',
  '-XX:MaxInlineLevel=15',
  '-Djava.awt.headless=true',
]

export interface ApacheKafkaOptions {
  /** Sync a partition's log after so many records; Kafka itself leaves that to the system. */
  readonly flushMessages?: number
  /** Where the log is, which then outlives the broker. @default a folder removed by `stop()` */
  readonly dataFolder?: string
  /** @default a free port */
  readonly port?: number
  /** The address clients are told to use, where a proxy stands before the broker. */
  readonly advertisedPort?: number
  /** Size of the Java heap, as Java writes it. @default '1G', as in Kafka's own start script */
  readonly heap?: string
  /** @default the newest */
  readonly version?: string
  /**
   * Ports for clients beside the one, by the name of their listener, which the property
   * `listener.security.protocol.map` has to know.
   */
  readonly furtherListeners?: Readonly<Record<string, number>>
  /** Further settings of `server.properties`; they win over those made here. */
  readonly properties?: Readonly<Record<string, string>>
}

export interface ApacheKafka {
  /** Host and port for clients. */
  readonly bootstrap: string
  readonly pid: number
  readonly dataFolder: string
  /** The broker's own log file. It stays after `stop()`. */
  readonly logFile: string
  stop(): Promise<void>
  /** Processor time used since the start. */
  cpuSeconds(): number
  residentBytes(): number
}

/** Returns ports that were free a moment ago, all different. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, host))
  await Promise.all(servers.map((server) => once(server, 'listening')))
  const ports = servers.map((server) => (server.address() as AddressInfo).port)
  await Promise.all(servers.map((server) => once(server.close(), 'close')))
  return ports
}

interface Settings {
  readonly port: number
  readonly internalPorts: readonly [brokers: number, controller: number]
  readonly dataFolder: string
  readonly options: ApacheKafkaOptions
}

function serverProperties({ port, internalPorts, dataFolder, options }: Settings): string {
  const [brokers, controller] = internalPorts
  const further = Object.entries(options.furtherListeners ?? {}).map(
    ([name, port]) => `${name}://${host}:${port}`,
  )
  const properties: Record<string, string> = {
    'process.roles': 'broker,controller',
    'node.id': '1',
    'controller.quorum.voters': `1@${host}:${controller}`,
    'controller.listener.names': 'CONTROLLER',
    // The broker talks to itself too, about transactions: on a port of its own, so that a proxy
    // before the clients' port sees clients only.
    'inter.broker.listener.name': 'BROKERS',
    listeners: [
      ...further,
      `CLIENTS://${host}:${port}`,
      `BROKERS://${host}:${brokers}`,
      `CONTROLLER://${host}:${controller}`,
    ].join(),
    'advertised.listeners': [
      ...further,
      `CLIENTS://${host}:${options.advertisedPort ?? port}`,
      `BROKERS://${host}:${brokers}`,
    ].join(),
    'listener.security.protocol.map': 'CLIENTS:PLAINTEXT,BROKERS:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'log.dirs': dataFolder,
    // One node cannot replicate, and a test has no time for 50 partitions of internal topics.
    'offsets.topic.replication.factor': '1',
    'offsets.topic.num.partitions': '1',
    'transaction.state.log.replication.factor': '1',
    'transaction.state.log.min.isr': '1',
    'transaction.state.log.num.partitions': '1',
    'share.coordinator.state.topic.replication.factor': '1',
    'share.coordinator.state.topic.min.isr': '1',
    'share.coordinator.state.topic.num.partitions': '1',
    'group.initial.rebalance.delay.ms': '0',
  }
  if (options.flushMessages !== undefined) {
    properties['log.flush.interval.messages'] = String(options.flushMessages)
  }
  return Object.entries({ ...properties, ...options.properties })
    .map(([name, value]) => `${name}=${value}\n`)
    .join('')
}

/** Writes the cluster's id and feature levels into a data folder that has none yet. */
async function formatData(
  dataFolder: string,
  propertiesFile: string,
  version: string | undefined,
): Promise<void> {
  if (existsSync(join(dataFolder, 'meta.properties'))) return
  const format = ['format', '--cluster-id', 'kafkaDoReferenceBroker', '--config', propertiesFile]
  await apacheKafkaTool('kafka.tools.StorageTool', format, version)
}

async function launch(
  propertiesFile: string,
  logFile: string,
  { heap = '1G', version }: Pick<ApacheKafkaOptions, 'heap' | 'version'>,
): Promise<ChildProcess & { pid: number }> {
  const log = openSync(logFile, 'a')
  const child = await spawnJava('kafka.Kafka', [propertiesFile], {
    virtualMachine: [`-Xms${heap}`, `-Xmx${heap}`, ...performanceOptions],
    logLevel: 'INFO',
    ...(version === undefined ? {} : { version }),
    stdio: ['ignore', log, log],
  })
  closeSync(log)
  if (child.pid === undefined) await once(child, 'spawn')
  return child as ChildProcess & { pid: number }
}

/** Ends `child` the way that lets it write its state, or, when that takes too long, the other. */
async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  const impatience = setTimeout(() => child.kill('SIGKILL'), stopTimeoutMs)
  await ended
  clearTimeout(impatience)
}

/** Starts a broker and resolves once it serves clients. */
export async function startApacheKafka(options: ApacheKafkaOptions = {}): Promise<ApacheKafka> {
  const folder = await mkdtemp(join(tmpdir(), 'apache-kafka-'))
  const dataFolder = options.dataFolder ?? join(folder, 'data')
  const logFile = join(folder, 'server.log')
  const propertiesFile = join(folder, 'server.properties')
  const [free = 0, brokers = 0, controller = 0] = await freePorts(3)
  const port = options.port ?? free
  const settings = { port, internalPorts: [brokers, controller], dataFolder, options } as const
  await writeFile(propertiesFile, serverProperties(settings))
  await formatData(dataFolder, propertiesFile, options.version)

  const child = await launch(propertiesFile, logFile, options)
  const { pid } = child
  endWithUs(child)
  const failure = new AbortController()
  child.once('exit', () => {
    const lastLines = readFileSync(logFile, 'utf8').split('\n').slice(-20).join('\n')
    failure.abort(new Error(`Apache Kafka ended; the end of ${logFile}:\n${lastLines}`))
  })
  const stop = async () => {
    await end(child)
    if (options.dataFolder === undefined) await rm(dataFolder, { recursive: true, force: true })
  }
  try {
    // The clients' listener may ask for credentials, by `options.properties`; the other does not.
    const metadataAddress = { host, port: brokers }
    await awaitBroker({ host, port }, { signal: failure.signal, metadataAddress })
  } catch (error) {
    await stop()
    throw error
  }
  return {
    bootstrap: `${host}:${port}`,
    pid,
    dataFolder,
    logFile,
    stop,
    cpuSeconds: () => cpuSeconds(pid),
    residentBytes: () => residentBytes(pid),
  }
}

if (import.meta.main) {
  const kafka = await startApacheKafka({ port: Number(process.argv[2] ?? 9092) })
  process.stdout.write(`Apache Kafka at ${kafka.bootstrap}, log in ${kafka.logFile}\n`)
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')])
  await kafka.stop()
}
