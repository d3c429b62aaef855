/** Clients that write in transactions, some of which they abort, and some of which they die in. */

import type { Kafka } from '../../src/client/kafka.ts'
import type { Transaction } from '../../src/client/transaction/transaction.ts'
import { KafkaError } from '../../src/client/failure/errors.ts'
import { seededRandom, type SeededRandom } from '../support/random.ts'
import { valueOf, type SentRecord, type SentTransaction } from './ledger.ts'
import { mortalClient, type ClientPlan, type MortalClient } from './sim-client.ts'
import type { SimWorld } from './sim-world.ts'

export interface TransactorPlan extends ClientPlan {
  readonly name: string
  readonly topics: readonly string[]
  /** Whether all its processes use one transactional id, each ending what the last has left open. */
  readonly isNamed: boolean
  readonly paddingBytes: number
  readonly pauseMs: number
}

/** What a program throws to have its transaction aborted. */
class ChangedMind extends Error {}

const transactionOptions = {
  value: 'string',
  timeout: '2s',
  retries: 12,
  retryBackoffMs: 10,
} as const

/** Writes transactions, process after process, until work is over. */
export async function transact(world: SimWorld, plan: TransactorPlan): Promise<void> {
  const random = seededRandom(world.random.below(2 ** 31))
  const numbers = { next: 0 }
  for (let count = 0; world.isWorking;) {
    const client = mortalClient(world, plan.name, plan, random)
    const living = async (): Promise<void> => {
      for (let left = 1 + random.below(30); world.isWorking && left > 0; left--) {
        const facts = world.ledger.begin(`${plan.name}.${count++}`)
        await write(world, client.kafka, plan, { facts, random, numbers })
        await world.clock.sleep(plan.pauseMs * 2 * random.number())
      }
      await client.kafka.close()
    }
    await Promise.race([living(), client.died])
    await world.clock.sleep(random.below(50))
  }
}

interface Writing {
  readonly facts: SentTransaction
  readonly random: SeededRandom
  /** The sequence of the next record. */
  readonly numbers: { next: number }
}

async function write(
  world: SimWorld,
  kafka: Kafka,
  plan: TransactorPlan,
  writing: Writing,
): Promise<void> {
  const { ledger } = world
  const { facts, random } = writing
  const changesMind = random.below(5) === 0
  const run = async (tx: Transaction<string>): Promise<void> => {
    for (let left = random.below(8); left > 0; left--) {
      const topic = ledger.topics.get(random.pick(plan.topics))!
      const partition = random.below(topic.partitions)
      const record = newRecord(plan, { topic: topic.name, partition }, writing)
      const id = ledger.addSent(record)
      const { name } = topic
      const sending = tx.send(record.value, {
        topic: name,
        serde: 'string',
        partition,
        headers: { id },
      })
      sending.then(
        ({ offset }) => (record.offset = offset),
        (error: unknown) => world.trace.note(`${id}: ${String(error)}`),
      )
      if (random.below(3) === 0) await sending
      if (random.below(4) === 0) await world.clock.sleep(random.below(40))
    }
    if (changesMind) throw new ChangedMind()
    world.noteMoment('transaction')
  }
  try {
    await kafka.transaction<string>(plan.topics[0]!, run, {
      ...transactionOptions,
      transactionTimeout: '1500ms',
      lingerMs: random.below(4),
      batchSize: 200 + random.below(1500),
      maxInFlight: 1 + random.below(5),
      ...(plan.isNamed ? { transactionalId: plan.name } : {}),
    })
    ended(world, facts, 'committed')
  } catch (error) {
    if (error instanceof ChangedMind) return ended(world, facts, 'aborted')
    if (!KafkaError.is(error)) return world.violated(error)
    world.trace.note(`${facts.id}: ${error.name}: ${error.message}`)
    ended(world, facts, error.maybeApplied ? 'unsure' : 'aborted')
  }
}

function ended(world: SimWorld, facts: SentTransaction, status: SentTransaction['status']): void {
  world.trace.note(`${facts.id} ${status}`)
  world.count(`transactions ${status}`)
  world.ledger.ended(facts, status, world.clock.now())
}

function newRecord(
  { name, paddingBytes }: TransactorPlan,
  at: { readonly topic: string; readonly partition: number },
  { facts, random, numbers }: Writing,
): SentRecord {
  const identity = { ...at, producer: name, sequence: numbers.next++ }
  const record: SentRecord = {
    ...identity,
    key: null,
    value: valueOf(identity, random.below(paddingBytes)),
    acks: 'all',
    isIdempotent: true,
    status: 'open',
    offset: -1,
    isDurable: false,
    ackedMs: -1,
  }
  facts.records.push(record)
  return record
}

export interface CopierPlan extends ClientPlan {
  readonly group: string
  readonly from: string
  readonly to: string
  readonly members: number
}

interface Copying {
  readonly random: SeededRandom
  readonly patienceMs: number
  readonly batchSize: number
  readonly onCommit: () => void
}

/** Copies one topic to another exactly once, until work is over. */
export async function copyAsMember(world: SimWorld, plan: CopierPlan, name: string): Promise<void> {
  const random = seededRandom(world.random.below(2 ** 31))
  while (world.isWorking) {
    const client = mortalClient(world, name, plan, random)
    const patienceMs = 300 + random.below(2000)
    const batchSize = 1 + random.below(20)
    const onCommit = (): void => {
      if (plan.freezesOneIn <= 2 && random.below(4) === 0) pauseInCommit(world, client, random)
    }
    const copying = { random, patienceMs, batchSize, onCommit }
    await Promise.race([copyForAWhile(world, client.kafka, plan, copying), client.died])
    await world.clock.sleep(random.below(100))
  }
}

/**
 * Lets a client stand still in the middle of a commit, until its partitions are with others, and
 * its transaction may still be committed.
 */
function pauseInCommit({ clock }: SimWorld, client: MortalClient, random: SeededRandom): void {
  clock.after(random.below(8), () => client.freeze(true))
  clock.after(1500 + random.below(2000), () => client.freeze(false))
}

/** Copies what is left, in peace. */
export async function copyTheRest(world: SimWorld, plan: CopierPlan): Promise<void> {
  const random = seededRandom(world.random.below(2 ** 31))
  const kafka = world.client('last copier')
  await copyForAWhile(world, kafka, plan, {
    random,
    patienceMs: 8000,
    batchSize: 50,
    onCommit: () => {},
  })
}

async function copyForAWhile(
  world: SimWorld,
  kafka: Kafka,
  { group, from, to }: CopierPlan,
  { random, patienceMs, batchSize, onCommit }: Copying,
): Promise<void> {
  const stop = new AbortController()
  const timer = world.clock.after(patienceMs, () => stop.abort())
  const target = world.ledger.topics.get(to)!
  while (!stop.signal.aborted) {
    try {
      const batches = kafka.batchConsumer<string>(from, {
        group,
        value: 'string',
        batchSize,
        batchTimeout: 1 + random.below(60),
        fetchMaxWaitMs: 50,
        heartbeatInterval: '100ms',
        sessionTimeout: '1s',
        signal: stop.signal,
      })
      for await (const batch of batches) {
        const copy = (tx: Transaction<string>): void => {
          for (const { topic, partition, offset, value, headers } of batch) {
            void tx.send(value, {
              key: `${topic}/${partition}@${offset}`,
              partition: partition % target.partitions,
              headers: { id: headers['id']! },
            })
          }
          tx.commit(batch)
          onCommit()
        }
        await kafka.transaction<string>(to, copy, {
          ...transactionOptions,
          transactionTimeout: '4s',
        })
        world.count('records copied', batch.length)
      }
    } catch (error) {
      if (stop.signal.aborted) break
      if (!KafkaError.is(error)) return world.violated(error)
      world.trace.note(`copier: ${error.name}: ${error.message}`)
      world.count('copies aborted')
      await world.clock.sleep(random.below(30))
    }
  }
  timer.cancel()
  await kafka.close()
}
