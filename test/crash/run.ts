/**
 * Kills the broker with SIGKILL in the middle of its work, again and again, and checks after each
 * restart that nothing it acknowledged is gone:
 *
 * - every record whose acknowledgement an outside client (kafkajs) had noted is still there, at the
 *   offset that was acknowledged, with the value that was sent;
 * - no offset that was ever read holds another value later;
 * - groups go on from a commit that was acknowledged, or a later one that was on its way.
 *
 * `npm run test:crash -- [rounds] [flush]`; 20 rounds unless told otherwise. Prints its seed.
 */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Kafka, logLevel } from 'kafkajs'
import { seededRandom } from '../support/random.ts'
import { startOwnBroker, type OwnBroker } from '../support/own-broker.ts'

process.env['KAFKAJS_NO_PARTITIONER_WARNING'] = '1'

const rounds = Number(process.argv[2] ?? 20)
const flush = process.argv[3] ?? 'ack'
const random = seededRandom()
const partitionCount = 3
const topic = 'crash'
const group = 'crash-group'

/** What the outside client knows: value by partition and offset. */
class Ledger {
  readonly acknowledged = new Map<string, string>()
  readonly read = new Map<string, string>()
  readonly committed = new Map<number, number>()
  readonly problems: string[] = []

  noteRead(position: string, value: string): void {
    const before = this.read.get(position)
    if (before !== undefined && before !== value) {
      this.problems.push(`${position} was '${before}', is '${value}'`)
    }
    this.read.set(position, value)
  }
}

function client(broker: OwnBroker): Kafka {
  return new Kafka({
    brokers: [broker.bootstrap],
    logLevel: logLevel.NOTHING,
    retry: { retries: 0, initialRetryTime: 50 },
    connectionTimeout: 3000,
  })
}

/** Produces and commits until the connection breaks, writing down what was acknowledged. */
async function work(broker: OwnBroker, round: number, ledger: Ledger): Promise<void> {
  const kafka = client(broker)
  const producers = Array.from({ length: 4 }, () => kafka.producer({ idempotent: false }))
  const admin = kafka.admin()
  let isBroken = false
  const started = Promise.withResolvers<void>()
  const stopAtError = (): void => {
    isBroken = true
  }
  const produce = async (producer: (typeof producers)[0], id: number): Promise<void> => {
    await producer.connect()
    for (let sequence = 0; !isBroken; sequence++) {
      const messages = Array.from({ length: 1 + random.below(5) }, (_, index) => ({
        value: `${round}:${id}:${sequence}:${index}:${'x'.repeat(random.below(2000))}`,
        partition: random.below(partitionCount),
      }))
      const metadata = await producer.send({ topic, acks: -1, messages })
      started.resolve()
      for (const { partition, baseOffset } of metadata) {
        const sent = messages.filter((message) => message.partition === partition)
        sent.forEach(({ value }, index) => {
          ledger.acknowledged.set(`${partition}@${Number(baseOffset) + index}`, value)
        })
      }
    }
  }
  const commit = async (): Promise<void> => {
    await admin.connect()
    for (let offset = round * 1000; !isBroken; offset++) {
      const partition = random.below(partitionCount)
      const partitions = [{ partition, offset: String(offset) }]
      await admin.setOffsets({ groupId: group, topic, partitions })
      ledger.committed.set(partition, offset)
    }
  }
  const running = [...producers.map((producer, id) => produce(producer, id)), commit()]
  const settled = Promise.all(running.map((run) => run.catch(stopAtError)))
  await started.promise
  await sleep(100 + random.below(400))
  await broker.kill()
  await settled
  await Promise.allSettled([...producers, admin].map((each) => each.disconnect()))
}

/** Reads everything and compares it with the ledger. */
async function verify(broker: OwnBroker, ledger: Ledger): Promise<number> {
  const kafka = client(broker)
  const admin = kafka.admin()
  await admin.connect()
  const ends = await admin.fetchTopicOffsets(topic)
  const [fetched] = await admin.fetchOffsets({ groupId: group, topics: [topic] })
  await admin.disconnect()
  for (const { partition, offset } of fetched!.partitions) {
    const expected = ledger.committed.get(partition)
    if (expected !== undefined && Number(offset) !== expected && Number(offset) !== expected + 1) {
      const committed = `commit of partition ${partition} is ${offset}`
      // One commit may have been under way, to any partition, when the broker was killed.
      if (Number(offset) < expected)
        ledger.problems.push(`${committed}, ${expected} was acknowledged`)
    }
  }
  const wanted = new Map(ends.map(({ partition, high }) => [partition, Number(high)]))
  const count = await readAll(kafka, wanted, ledger)
  for (const [position, value] of ledger.acknowledged) {
    const found = ledger.read.get(position)
    if (found === undefined) ledger.problems.push(`${position} was acknowledged and is gone`)
    else if (found !== value) ledger.problems.push(`${position} holds '${found}', not '${value}'`)
  }
  return count
}

async function readAll(kafka: Kafka, wanted: Map<number, number>, ledger: Ledger): Promise<number> {
  const consumer = kafka.consumer({ groupId: `verify-${random.below(1e9)}` })
  await consumer.connect()
  await consumer.subscribe({ topic, fromBeginning: true })
  const left = new Map([...wanted].filter(([, end]) => end > 0))
  const done = Promise.withResolvers<void>()
  let count = 0
  if (left.size === 0) done.resolve()
  await consumer.run({
    eachBatch: async ({ batch }) => {
      for (const { offset, value } of batch.messages) {
        ledger.noteRead(`${batch.partition}@${offset}`, value!.toString())
        count++
      }
      if (Number(batch.lastOffset()) + 1 >= (left.get(batch.partition) ?? Infinity)) {
        left.delete(batch.partition)
      }
      if (left.size === 0) done.resolve()
    },
  })
  const deadline = sleep(60_000).then(() => {
    throw new Error(`no end in sight of partitions ${[...left.keys()].join(', ')}`)
  })
  await Promise.race([done.promise, deadline])
  await consumer.disconnect()
  return count
}

async function main(): Promise<void> {
  const dataFolder = mkdtempSync(join(tmpdir(), 'kafka-do-crash-'))
  const ledger = new Ledger()
  process.stderr.write(`crash: ${rounds} rounds, --flush ${flush}, SEED=${random.seed}\n`)
  const flags = ['--flush', flush, '--partitions', String(partitionCount)]
  let port = 0
  for (let round = 1; round <= rounds; round++) {
    const broker = await startOwnBroker({ dataFolder, port, flags })
    port = broker.port
    if (round === 1) {
      const admin = client(broker).admin()
      await admin.connect()
      await admin.createTopics({ topics: [{ topic, numPartitions: partitionCount }] })
      await admin.disconnect()
    }
    await work(broker, round, ledger)
    const restarted = await startOwnBroker({ dataFolder, port, flags })
    const count = await verify(restarted, ledger)
    process.stderr.write(
      `round ${round}: ${ledger.acknowledged.size} acknowledged, ${count} read, ` +
        `restarted in ${Math.round(restarted.startedInMs)} ms, ${ledger.problems.length} problems\n`,
    )
    if (round % 2 === 0) await restarted.kill()
    else await restarted.stop()
    if (ledger.problems.length > 0) break
  }
  for (const problem of ledger.problems.slice(0, 20)) process.stderr.write(`${problem}\n`)
  const failed = ledger.problems.length > 0
  if (!failed) rmSync(dataFolder, { recursive: true, force: true })
  else process.stderr.write(`SEED=${random.seed}, the data is kept in ${dataFolder}\n`)
  process.stdout.write(`${failed ? 0 : rounds} passed, ${failed ? 1 : 0} failed\n`)
  process.exit(failed ? 1 : 0)
}

await main()
