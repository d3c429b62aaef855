/**
 * The clients of the conformance run: what runs each one, and which group protocols it speaks. The
 * versions are read from the files that pin them.
 */

import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { apacheKafkaVersion } from '../support/apache-kafka/jars.ts'
import { cache, here, python, type ToolchainName } from './toolchains.ts'

/** The group protocols of Kafka: the old one, and that of KIP-848 with server-side assignment. */
export type GroupProtocol = 'classic' | 'consumer'

/** A group with that protocol, or another of the scenarios in README.md. */
export type Scenario =
  | GroupProtocol
  | 'admin'
  | 'admin-calls'
  | 'connect'
  | 'metrics'
  | 'migration'
  | 'security'
  | 'streams'
  | 'suite'
  | 'tools'
  | 'transactions'

export type Command = readonly [string, ...string[]]

export interface Client {
  readonly name: string
  readonly toolchain: ToolchainName
  /** What plays each of the scenarios that the client is tried with. */
  readonly programs: Readonly<Partial<Record<Scenario, Command>>>
  /** The part of the records that it is given, where it would take long for all. @default 1 */
  readonly recordShare?: number
  /** Returns the version in use; to be called once the toolchain is ready. */
  version(): string
}

const inNode = (file: string, ...args: string[]): Command => [
  process.execPath,
  join(here, 'node', file),
  ...args,
]
const inSdk = (file: string, ...args: string[]): Command => [
  process.execPath,
  join(here, 'sdk', file),
  ...args,
]
const ownVersion = (): string => pinned('../../package.json', /"version": "(.+)"/)
const inPython = (file: string, ...args: string[]): Command => [
  python,
  join(here, 'python', file),
  ...args,
]
const inGo = (name: string, ...args: string[]): Command => [join(cache, 'go', name), ...args]

function inJava(name: string, project = 'java'): Command {
  const places = ['target/classes', 'target/dependency/*'].map((path) => join(here, project, path))
  return ['java', '-cp', places.join(delimiter), name]
}

/** Returns what the first group of `pattern` matches in a file of this folder. */
function pinned(file: string, pattern: RegExp): string {
  const [, version] = pattern.exec(readFileSync(join(here, file), 'utf8')) ?? []
  if (version === undefined) throw new Error(`${file} pins no version like ${pattern}`)
  return version
}

export const clients: readonly Client[] = [
  {
    name: 'kcat',
    toolchain: 'kcat',
    programs: { classic: inNode('kcat.mjs'), security: inNode('security.mjs', 'kcat') },
    version: () => {
      const text = execFileSync('kcat', ['-V'], { encoding: 'utf8' })
      return /Version (\S+).*librdkafka (\S+)/.exec(text)?.slice(1).join(', librdkafka ') ?? text
    },
  },
  {
    name: 'confluent-kafka',
    toolchain: 'python',
    programs: {
      classic: inPython('confluent_kafka_client.py'),
      consumer: inPython('confluent_kafka_client.py'),
      transactions: inPython('confluent_kafka_transactions.py'),
      security: inPython('security.py', 'confluent-kafka'),
      admin: inPython('admin.py', 'confluent-kafka'),
      migration: inPython('confluent_kafka_migration.py'),
    },
    version: () => pinned('python/requirements.txt', /^confluent-kafka==(.+)$/m),
  },
  {
    name: 'aiokafka',
    toolchain: 'python',
    programs: {
      classic: inPython('aiokafka_client.py'),
      transactions: inPython('aiokafka_transactions.py'),
      security: inPython('security.py', 'aiokafka'),
      admin: inPython('admin.py', 'aiokafka'),
    },
    version: () => pinned('python/requirements.txt', /^aiokafka==(.+)$/m),
  },
  {
    name: 'kafka-python',
    toolchain: 'python',
    recordShare: 0.2,
    programs: {
      classic: inPython('kafka_python_client.py'),
      transactions: inPython('kafka_python_transactions.py'),
      security: inPython('security.py', 'kafka-python'),
      admin: inPython('admin.py', 'kafka-python'),
    },
    version: () => pinned('python/requirements.txt', /^kafka-python==(.+)$/m),
  },
  {
    name: 'kafkajs',
    toolchain: 'node',
    programs: {
      classic: inNode('kafkajs.mjs'),
      transactions: inNode('kafkajs-transactions.mjs'),
      security: inNode('security.mjs', 'kafkajs'),
      admin: inNode('admin.mjs', 'kafkajs'),
    },
    version: () => pinned('node/package.json', /"kafkajs": "(.+)"/),
  },
  {
    name: '@platformatic/kafka',
    toolchain: 'node',
    programs: {
      classic: inNode('platformatic.mjs'),
      consumer: inNode('platformatic.mjs'),
      transactions: inNode('platformatic-transactions.mjs'),
      security: inNode('security.mjs', '@platformatic/kafka'),
      admin: inNode('admin.mjs', '@platformatic/kafka'),
    },
    version: () => pinned('node/package.json', /"@platformatic\/kafka": "(.+)"/),
  },
  {
    name: '@kafkats/client',
    toolchain: 'node',
    programs: {
      classic: inNode('kafkats.mjs'),
      security: inNode('security.mjs', '@kafkats/client'),
    },
    version: () => pinned('node/package.json', /"@kafkats\/client": "(.+)"/),
  },
  {
    name: 'java',
    toolchain: 'java',
    programs: {
      classic: inJava('Conformance'),
      consumer: inJava('Conformance'),
      transactions: inJava('Transactions'),
      'admin-calls': inJava('AdminCalls'),
      security: inJava('Security'),
      migration: inJava('GroupMigration'),
    },
    version: () => pinned('java/pom.xml', /kafka-clients<\/artifactId>\s*<version>(.+)<\/version>/),
  },
  {
    name: 'kafka-streams',
    toolchain: 'streams',
    programs: { streams: inJava('Streams', 'streams') },
    version: () =>
      pinned('streams/pom.xml', /kafka-streams<\/artifactId>\s*<version>(.+)<\/version>/),
  },
  {
    name: 'kafka-tools',
    toolchain: 'tools',
    programs: {
      tools: [process.execPath, join(here, 'tools', 'kafka-tools.ts')],
      admin: [process.execPath, join(here, 'tools', 'kafka-security-tools.ts')],
    },
    version: () => apacheKafkaVersion,
  },
  {
    name: 'kafka-connect',
    toolchain: 'connect',
    programs: { connect: [process.execPath, join(here, 'connect', 'connect.mjs')] },
    version: () => pinned('connect/pom.xml', /<kafka.version>(.+)<\/kafka.version>/),
  },
  {
    name: 'franz-go',
    toolchain: 'go',
    programs: {
      classic: inGo('franz-go'),
      consumer: inGo('franz-go'),
      transactions: inGo('franz-go-transactions'),
      security: inGo('security', 'franz-go'),
      admin: inGo('admin', 'franz-go'),
      suite: inNode('franz-go-suite.mjs'),
    },
    version: () => pinned('go/go.mod', /twmb\/franz-go v(\S+)/),
  },
  {
    name: 'kafka-go',
    toolchain: 'go',
    programs: {
      classic: inGo('kafka-go'),
      security: inGo('security', 'kafka-go'),
      admin: inGo('admin', 'kafka-go'),
    },
    version: () => pinned('go/go.mod', /segmentio\/kafka-go v(\S+)/),
  },
  {
    name: 'sarama',
    toolchain: 'go',
    programs: {
      classic: inGo('sarama'),
      transactions: inGo('sarama-transactions'),
      security: inGo('security', 'sarama'),
      admin: inGo('admin', 'sarama'),
    },
    version: () => pinned('go/go.mod', /IBM\/sarama v(\S+)/),
  },
  {
    name: 'prometheus',
    toolchain: 'go',
    programs: { metrics: inGo('metrics') },
    version: () => pinned('go/go.mod', /prometheus\/common v(\S+)/),
  },
  {
    name: 'kafka.do-tcp',
    toolchain: 'node',
    programs: { consumer: inSdk('node.ts', 'tcp') },
    version: ownVersion,
  },
  {
    name: 'kafka.do-websocket',
    toolchain: 'node',
    programs: { consumer: inSdk('node.ts', 'websocket') },
    version: ownVersion,
  },
  {
    name: 'kafka.do-in-process',
    toolchain: 'node',
    programs: { consumer: inSdk('node.ts', 'in-process') },
    version: ownVersion,
  },
  {
    name: 'kafka.do-chromium',
    toolchain: 'chromium',
    programs: { consumer: inSdk('browser.ts') },
    version: ownVersion,
  },
]
