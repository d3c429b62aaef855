/**
 * Apache Kafka's own command-line tools against the broker: each does what administrators do with
 * it, and says what it should. Classes stand for scripts: `TopicCommand` is `kafka-topics`.
 */

import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import kafkajs from 'kafkajs'
import { apacheKafkaTool } from '../../support/apache-kafka/jars.ts'
import { startWithHangingTransaction } from './hanging-transaction.ts'

const bootstrap = process.env['BOOTSTRAP']!
const topic = process.env['TOPIC']!
const group = process.env['GROUP']!
const broker = ['--bootstrap-server', bootstrap]
// Each tool starts a virtual machine of its own: no time for it to optimise anything.
process.env['JAVA_TOOL_OPTIONS'] = '-XX:TieredStopAtLevel=1 -XX:+UseSerialGC'
const tools = 'org.apache.kafka.tools'
let runs = 0

/** Runs a tool and holds what it prints against `expected`. */
async function run(
  name: string,
  args: readonly string[],
  expected: RegExp,
  target = broker,
): Promise<void> {
  const className = name.startsWith('kafka.') ? name : `${tools}.${name}`
  const printed = await apacheKafkaTool(className, [...target, ...args])
  runs++
  if (expected.test(printed)) return
  throw new Error(`${name} ${args.join(' ')} printed, where ${expected} was expected:\n${printed}`)
}

const topics = (args: readonly string[], expected: RegExp) => run('TopicCommand', args, expected)
const groups = (args: readonly string[], expected: RegExp) =>
  run('consumer.group.ConsumerGroupCommand', args, expected)
const transactions = (args: readonly string[], expected: RegExp) =>
  run('TransactionsCommand', args, expected)
const configs = (args: readonly string[], expected: RegExp) =>
  run('kafka.admin.ConfigCommand', ['--entity-type', 'topics', ...args], expected)

async function tryTopics(): Promise<void> {
  const named = ['--topic', topic]
  const created = ['--create', ...named, '--partitions', '3', '--config', 'retention.ms=100000']
  await topics(created, /Created topic/)
  await topics(['--describe', ...named], /PartitionCount: 3.*retention\.ms=100000/)
  await topics(['--alter', ...named, '--partitions', '4'], /^$/)
  await topics(['--describe', ...named], /PartitionCount: 4/)
  await topics(['--list'], new RegExp(`^${topic}$`, 'm'))
  await configs(['--entity-name', topic, '--describe'], /retention\.ms=100000/)
  const added = ['--alter', '--add-config', 'cleanup.policy=[compact,delete],segment.bytes=1048576']
  await configs(['--entity-name', topic, ...added], /Completed updating/)
  await configs(['--entity-name', topic, '--describe'], /cleanup\.policy=compact,delete/)
  const removed = ['--alter', '--delete-config', 'cleanup.policy']
  await configs(['--entity-name', topic, ...removed], /Completed updating/)
  await topics(['--delete', ...named], /^$/)
}

async function tryRecords(folder: string): Promise<void> {
  const single = `${topic}-single`
  await topics(['--create', '--topic', single, '--partitions', '1'], /Created topic/)
  const produced = ['--topic', single, '--max-messages', '50']
  await run('VerifiableProducer', produced, /"acked":50/)
  const consumed = ['--topic', single, '--group-id', group, '--max-messages', '50']
  await run('VerifiableConsumer', [...consumed, '--reset-policy', 'earliest'], /"count":\d+/)
  await run('GetOffsetShell', ['--topic', single], new RegExp(`${single}:0:50`))
  const offsets = { partitions: [{ topic: single, partition: 0, offset: 20 }], version: 1 }
  const file = join(folder, 'offsets.json')
  await writeFile(file, JSON.stringify(offsets))
  await run('DeleteRecordsCommand', ['--offset-json-file', file], /low_watermark: 20/)
  await run('GetOffsetShell', ['--topic', single, '--time', '-2'], new RegExp(`${single}:0:20`))

  await groups(['--list', '--state'], new RegExp(`${group}\\s+Empty`))
  await groups(['--describe', '--group', group, '--state'], new RegExp(`${group}\\s.*Empty`))
  await groups(['--describe', '--group', group, '--members'], /^/)
  await groups(['--describe', '--group', group], new RegExp(`${single}\\s+0\\s+50\\s+50\\s+0`))
  const reset = ['--group', group, '--topic', single, '--reset-offsets', '--to-earliest']
  await groups([...reset, '--execute'], new RegExp(`${single}\\s+0\\s+20`))
  const resetApplication = ['--application-id', group, '--input-topics', single, '--force']
  await run('StreamsResetter', resetApplication, /Following input topics offsets will be reset/)
  await groups(['--delete-offsets', '--group', group, '--topic', single], /Successful/)
  await groups(['--delete', '--group', group], /was successful/)
}

/** A transaction that is open is no one that hangs; it can be ended by hand all the same. */
async function tryTransactions(): Promise<void> {
  const { Kafka, Partitioners, logLevel } = kafkajs
  const kafka = new Kafka({ brokers: [bootstrap], logLevel: logLevel.ERROR })
  const transactionalId = `${group}-transaction`
  const createPartitioner = Partitioners.DefaultPartitioner
  const transactionTimeout = 10 * 60 * 1000
  const settings = { transactionalId, transactionTimeout, createPartitioner }
  const producer = kafka.producer({ ...settings, maxInFlightRequests: 1 })
  await producer.connect()
  const transaction = await producer.transaction()
  const open = `${topic}-open`
  await transaction.send({ topic: open, messages: [{ value: 'x', partition: 0 }] })
  const place = ['--topic', open, '--partition', '0']
  await transactions(['list'], new RegExp(`${transactionalId}\\s.*Ongoing`))
  await transactions(['describe', '--transactional-id', transactionalId], /Ongoing/)
  await transactions(['describe-producers', ...place], /\s0\s*$/m)
  await transactions(['find-hanging', '--broker-id', '1'], /^Topic[^\n]*\s*$/)
  await transactions(['abort', ...place, '--start-offset', '0'], /^/)
  await transactions(['describe-producers', ...place], /None\s*$/m)
  await transaction.abort()
  await producer.disconnect()
}

async function tryHanging(): Promise<void> {
  await using hanging = await startWithHangingTransaction()
  const target = ['--bootstrap-server', hanging.bootstrap]
  const find = (expected: RegExp) =>
    run('TransactionsCommand', ['find-hanging', '--broker-id', '1'], expected, target)
  assert.deepEqual(await hanging.readCommitted(), ['before'])
  await find(new RegExp(`^${hanging.topic}\\s+0\\s+${hanging.producerId}\\s`, 'm'))
  const place = ['--topic', hanging.topic, '--partition', '0', '--start-offset', '1']
  await run('TransactionsCommand', ['abort', ...place], /^/, target)
  await find(/^Topic[^\n]*\s*$/)
  assert.deepEqual(await hanging.readCommitted(), ['before', 'after'])
}

async function tryCluster(): Promise<void> {
  await run('LogDirsCommand', ['--describe'], /"error":null/)
  await run('MetadataQuorumCommand', ['describe', '--status'], /LeaderId:\s+1/)
  await run('MetadataQuorumCommand', ['describe', '--replication'], /Leader/)
  const load = ['--topic', `${topic}-load`, '--num-records', '20000', '--record-size', '100']
  await run('ProducerPerformance', [...load, '--throughput', '-1'], /^20000 records sent/m)
  await run('FeatureCommand', ['describe'], /transaction\.version.*FinalizedVersionLevel: 2/)
  await run('BrokerApiVersionsCommand', [], /Produce\(0\): 0 to 13/)
  const elect = ['--election-type', 'preferred', '--all-topic-partitions']
  await run('LeaderElectionCommand', elect, /^/)
  await run('GroupsCommand', ['--list'], /^GROUP/)
}

/** 4 MB of a producer that may send 200 kB a second, and 2 MB of that at once. */
async function tryQuotas(): Promise<void> {
  const slow = `${topic}-slow`
  await topics(['--create', '--topic', slow, '--partitions', '1'], /Created topic/)
  const client = ['--entity-type', 'clients', '--entity-name', slow]
  const quota = (args: readonly string[], expected: RegExp) =>
    run('kafka.admin.ConfigCommand', [...client, ...args], expected)
  await quota(['--alter', '--add-config', 'producer_byte_rate=200000'], /Completed updating/)
  await quota(['--describe'], /producer_byte_rate=200000/)
  const load = ['--topic', slow, '--num-records', '4000', '--record-size', '1000']
  const produce = [...load, '--throughput', '-1', '--command-property', `client.id=${slow}`]
  const under800 = /^4000 records sent, [1-7]\d{0,2}\.\d+ records\/sec/m
  await run('ProducerPerformance', produce, under800)
  await quota(['--alter', '--delete-config', 'producer_byte_rate'], /Completed updating/)
}

const folder = await mkdtemp(join(tmpdir(), 'kafka-tools-'))
try {
  // Most of the time is that of starting virtual machines.
  await Promise.all([
    tryTopics(),
    tryRecords(folder),
    tryTransactions(),
    tryHanging(),
    tryCluster(),
  ])
  // By itself: it looks at how long something takes.
  await tryQuotas()
  process.stdout.write(`F ${runs}-commands\n`)
} finally {
  await rm(folder, { recursive: true, force: true })
}
