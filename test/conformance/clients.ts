/**
 * The clients of the conformance run: what runs each one, and which group protocols it speaks. The
 * versions are read from the files that pin them.
 */

import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { cache, here, python, type ToolchainName } from './toolchains.ts'

/** The group protocols of Kafka: the old one, and that of KIP-848 with server-side assignment. */
export type GroupProtocol = 'classic' | 'consumer'

/** A group with that protocol, or the scenario of transactions. */
export type Scenario = GroupProtocol | 'transactions'

export interface Client {
  readonly name: string
  readonly toolchain: ToolchainName
  readonly groupProtocols: readonly GroupProtocol[]
  readonly command: readonly [string, ...string[]]
  /** The program that plays the scenario of transactions, where there is one. */
  readonly transactions?: readonly [string, ...string[]]
  /** Returns the version in use; to be called once the toolchain is ready. */
  version(): string
}

const inNode = (file: string): [string, string] => [process.execPath, join(here, 'node', file)]
const inSdk = (file: string, ...args: string[]): [string, ...string[]] => [
  process.execPath,
  join(here, 'sdk', file),
  ...args,
]
const ownVersion = (): string => pinned('../../package.json', /"version": "(.+)"/)
const inPython = (file: string): [string, string] => [python, join(here, 'python', file)]
const inGo = (name: string): [string] => [join(cache, 'go', name)]

const javaClasspath = ['target/classes', 'target/dependency/*']
  .map((path) => join(here, 'java', path))
  .join(delimiter)

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
    groupProtocols: ['classic'],
    command: inNode('kcat.mjs'),
    version: () => {
      const text = execFileSync('kcat', ['-V'], { encoding: 'utf8' })
      return /Version (\S+).*librdkafka (\S+)/.exec(text)?.slice(1).join(', librdkafka ') ?? text
    },
  },
  {
    name: 'confluent-kafka',
    toolchain: 'python',
    groupProtocols: ['classic', 'consumer'],
    command: inPython('confluent_kafka_client.py'),
    transactions: inPython('confluent_kafka_transactions.py'),
    version: () => pinned('python/requirements.txt', /^confluent-kafka==(.+)$/m),
  },
  {
    name: 'aiokafka',
    toolchain: 'python',
    groupProtocols: ['classic'],
    command: inPython('aiokafka_client.py'),
    version: () => pinned('python/requirements.txt', /^aiokafka==(.+)$/m),
  },
  {
    name: 'kafkajs',
    toolchain: 'node',
    groupProtocols: ['classic'],
    command: inNode('kafkajs.mjs'),
    transactions: inNode('kafkajs-transactions.mjs'),
    version: () => pinned('node/package.json', /"kafkajs": "(.+)"/),
  },
  {
    name: '@platformatic/kafka',
    toolchain: 'node',
    groupProtocols: ['classic', 'consumer'],
    command: inNode('platformatic.mjs'),
    version: () => pinned('node/package.json', /"@platformatic\/kafka": "(.+)"/),
  },
  {
    name: '@kafkats/client',
    toolchain: 'node',
    groupProtocols: ['classic'],
    command: inNode('kafkats.mjs'),
    version: () => pinned('node/package.json', /"@kafkats\/client": "(.+)"/),
  },
  {
    name: 'java',
    toolchain: 'java',
    groupProtocols: ['classic', 'consumer'],
    command: ['java', '-cp', javaClasspath, 'Conformance'],
    transactions: ['java', '-cp', javaClasspath, 'Transactions'],
    version: () => pinned('java/pom.xml', /kafka-clients<\/artifactId>\s*<version>(.+)<\/version>/),
  },
  {
    name: 'franz-go',
    toolchain: 'go',
    groupProtocols: ['classic', 'consumer'],
    command: inGo('franz-go'),
    transactions: inGo('franz-go-transactions'),
    version: () => pinned('go/go.mod', /twmb\/franz-go v(\S+)/),
  },
  {
    name: 'kafka-go',
    toolchain: 'go',
    groupProtocols: ['classic'],
    command: inGo('kafka-go'),
    version: () => pinned('go/go.mod', /segmentio\/kafka-go v(\S+)/),
  },
  {
    name: 'sarama',
    toolchain: 'go',
    groupProtocols: ['classic'],
    command: inGo('sarama'),
    version: () => pinned('go/go.mod', /IBM\/sarama v(\S+)/),
  },
  {
    name: 'kafka.do-tcp',
    toolchain: 'node',
    groupProtocols: ['consumer'],
    command: inSdk('node.ts', 'tcp'),
    version: ownVersion,
  },
  {
    name: 'kafka.do-websocket',
    toolchain: 'node',
    groupProtocols: ['consumer'],
    command: inSdk('node.ts', 'websocket'),
    version: ownVersion,
  },
  {
    name: 'kafka.do-in-process',
    toolchain: 'node',
    groupProtocols: ['consumer'],
    command: inSdk('node.ts', 'in-process'),
    version: ownVersion,
  },
  {
    name: 'kafka.do-chromium',
    toolchain: 'chromium',
    groupProtocols: ['consumer'],
    command: inSdk('browser.ts'),
    version: ownVersion,
  },
]
