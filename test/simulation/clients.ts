/** What the clients of a simulation do, each by itself, for as long as the world is working. */

import type { Kafka } from '../../src/client/kafka.ts'
import type { Producer } from '../../src/client/producer/producer.ts'
import { KafkaError } from '../../src/client/failure/errors.ts'
import type { CompressionName } from '../../src/record/compression.ts'
import type { SeededRandom } from '../support/random.ts'
import { seededRandom } from '../support/random.ts'
import { checkValue, valueOf, type SentRecord, type TopicFacts } from './ledger.ts'
import type { SimWorld } from './sim-world.ts'

export interface ProducerPlan {
  readonly name: string
  readonly topic: string
  readonly acks: 'all' | 0 | 1
  readonly isIdempotent: boolean
  readonly compression: CompressionName
  readonly paddingBytes: number
  readonly pauseMs: number
  /** Of the keys in topics that are compacted. */
  readonly keyCount: number
}

const openRecordsMax = 30

/** Sends records until work is over, and until each of them has an answer. */
export async function produceRecords(world: SimWorld, plan: ProducerPlan): Promise<void> {
  const { ledger, clock } = world
  const topic = ledger.topics.get(plan.topic)!
  const random = seededRandom(world.random.below(2 ** 31))
  const kafka = world.client(plan.name)
  const producer = kafka.producer<string>(plan.topic, {
    value: 'string',
    acks: plan.acks,
    idempotent: plan.isIdempotent,
    compression: plan.compression,
    batchSize: 200 + random.below(1500),
    lingerMs: random.below(4),
    maxInFlight: 1 + random.below(5),
    retries: 12,
    retryBackoffMs: 10,
    timeout: '2s',
  })
  const open = new Set<Promise<void>>()
  for (let sequence = 0; world.isWorking && topic.state === 'there';) {
    for (let count = 1 + random.below(6); count > 0 && open.size < openRecordsMax; count--) {
      const record = newRecord(plan, topic, { sequence: sequence++, random })
      const sending = send(world, producer, record).finally(() => open.delete(sending))
      open.add(sending)
    }
    await clock.sleep(plan.pauseMs * 2 * random.number())
  }
  await Promise.all(open)
  await kafka.close()
}

function newRecord(
  plan: ProducerPlan,
  topic: TopicFacts,
  { sequence, random }: { sequence: number; random: SeededRandom },
): SentRecord {
  const partition = random.below(topic.partitions)
  const isTombstone = topic.isCompacted && random.below(6) === 0
  const identity = { topic: topic.name, partition, producer: plan.name, sequence }
  return {
    ...identity,
    key: topic.isCompacted ? `k${random.below(plan.keyCount)}` : null,
    value: isTombstone ? null : valueOf(identity, random.below(plan.paddingBytes)),
    acks: plan.acks,
    isIdempotent: plan.isIdempotent,
    status: 'open',
    offset: -1,
    isDurable: false,
    ackedMs: -1,
  }
}

async function send(
  world: SimWorld,
  producer: Producer<string>,
  record: SentRecord,
): Promise<void> {
  const { ledger, clock } = world
  const id = ledger.addSent(record)
  const { partition, key, value, acks } = record
  try {
    const { offset } = await producer.send(value, { partition, key, headers: { id } })
    world.trace.note(`${id} is at ${record.topic}/${partition}@${offset}`)
    world.count(`records acknowledged with acks=${acks}`)
    if (acks === 'all') world.noteMoment('records')
    ledger.acked(id, offset, { nowMs: clock.now(), isDurable: acks === 'all' })
  } catch (error) {
    if (!KafkaError.is(error)) return world.violated(error)
    record.status = error.maybeApplied ? 'unsure' : 'failed'
    record.error = `${error.name}: ${error.message}`
    world.trace.note(`${id} ${record.status}: ${record.error}`)
    world.count(`records ${record.status}`)
  }
}

export interface GroupPlan {
  readonly group: string
  readonly topics: readonly string[]
  readonly members: number
  readonly isolation: 'read_committed' | 'read_uncommitted'
}

/** Reads as a group whose members come and go, and commits what was processed. */
export async function consumeAsMember(
  world: SimWorld,
  plan: GroupPlan,
  name: string,
): Promise<void> {
  const random = seededRandom(world.random.below(2 ** 31))
  while (world.isWorking) {
    const kafka = world.client(name)
    const patienceMs = 200 + random.below(1500)
    await readForAWhile(world, kafka, plan, { random, patienceMs })
    await kafka.close()
    world.count('members that left')
    await world.clock.sleep(random.below(100))
  }
}

/** How a group reads: `patienceMs` is how long, or how long without a record in the end. */
interface Reading {
  readonly random: SeededRandom
  readonly patienceMs: number
}

async function readForAWhile(
  world: SimWorld,
  kafka: Kafka,
  plan: GroupPlan,
  { random, patienceMs }: Reading,
): Promise<void> {
  const consumer = kafka.consumer<string>([...plan.topics], {
    group: plan.group,
    value: 'string',
    isolation: plan.isolation,
    fetchMaxWaitMs: 50,
    heartbeatInterval: '100ms',
    sessionTimeout: '1s',
  })
  const endMs = world.clock.monotonic() + patienceMs
  while (world.isWorking && world.clock.monotonic() < endMs) {
    const leftMs = Math.max(1, Math.ceil(endMs - world.clock.monotonic()))
    try {
      const record = await consumer.next({ timeout: Math.min(leftMs, 100) })
      if (!record) break
      const { topic, partition, offset } = record
      readRecord(world, plan, record)
      if (random.below(5) > 0) continue
      const facts = world.ledger.group(plan.group, topic, partition)
      facts.committedAsked = Math.max(facts.committedAsked, offset + 1)
      record.commit({ timeout: '2s' }).then(
        () => {
          world.trace.note(`${plan.group} committed ${topic}/${partition}`, offset + 1)
          world.count('offset commits')
          world.noteMoment('commit')
          facts.committedAcked = Math.max(facts.committedAcked, offset + 1)
        },
        (error: unknown) => world.trace.note(`commit failed: ${String(error)}`),
      )
    } catch (error) {
      if (!KafkaError.is(error)) return world.violated(error)
      world.trace.note(`consumer: ${error.name}: ${error.message}`)
    }
  }
  await consumer.close()
}

interface ReadRecord {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly value: string | null
  readonly headers: Readonly<Record<string, string>>
}

/** Notes that `group` was given a record. */
function readRecord(world: SimWorld, { group, isolation }: GroupPlan, record: ReadRecord): void {
  const { topic, partition, offset, value, headers } = record
  const id = headers['id'] ?? ''
  if (value !== null && checkValue(value, record) !== id) {
    return world.violated(new Error(`'${id}' has the value '${value}'`))
  }
  world.trace.note(`${group} reads ${id} at ${topic}/${partition}`, offset)
  world.count('records read by groups')
  world.ledger.read({ topic, partition }, offset, id)
  if (isolation === 'read_committed') world.ledger.readCommitted.add(id)
  world.ledger.group(group, topic, partition).delivered.add(offset)
}
