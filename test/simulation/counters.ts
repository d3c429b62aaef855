/** A stream application that counts the records of each producer, through a topic of its own. */

import { KafkaError } from '../../src/client/failure/errors.ts'
import { seededRandom } from '../support/random.ts'
import { Violation } from './ledger.ts'
import type { FoundPartition } from './partition-checks.ts'
import { mortalClient, type ClientPlan } from './sim-client.ts'
import type { SimWorld } from './sim-world.ts'
import type { Kafka } from '../../src/streams/streaming-kafka.ts'

export interface CounterPlan extends ClientPlan {
  readonly from: string
  readonly to: string
  readonly members: number
  readonly guarantee: 'atLeastOnce' | 'exactlyOnce'
  readonly standbyReplicas: number
}

const application = 'counters'

/** Counts in one process after the other, until work is over. */
export async function countAsMember(
  world: SimWorld,
  plan: CounterPlan,
  name: string,
): Promise<void> {
  const random = seededRandom(world.random.below(2 ** 31))
  while (world.isWorking) {
    const client = mortalClient(world, name, plan, random)
    const counting = count(world, client.kafka, plan, 500 + random.below(4000))
    await Promise.race([counting, client.died])
    await world.clock.sleep(random.below(100))
  }
}

/** Counts what is left, in peace. */
export async function countTheRest(world: SimWorld, plan: CounterPlan): Promise<void> {
  await count(world, world.client('last counter'), plan, 20_000, (remembered) => {
    world.ledger.counted = remembered
  })
}

async function count(
  world: SimWorld,
  kafka: Kafka,
  { from, to, guarantee, standbyReplicas }: CounterPlan,
  lengthMs: number,
  onClosing?: (remembered: ReadonlyMap<string, number | undefined>) => void,
): Promise<void> {
  const counts = kafka
    .stream<string>(from, { value: 'string' })
    .groupBy((value) => value.slice(0, value.indexOf(':')))
    .count()
  const run = counts.to(to, {
    name: application,
    guarantee,
    standbyReplicas,
    commitInterval: '40ms',
    transactionTimeout: '1500ms',
  })
  const closing = world.clock.after(lengthMs, () => {
    onClosing?.(new Map(run.store(counts).all()))
    void run.close()
  })
  try {
    await run.finished
    world.count('stream applications closed')
  } catch (error) {
    if (!KafkaError.is(error)) return world.violated(error)
    world.trace.note(`counter: ${error.name}: ${error.message}`)
    world.count('stream applications ended by errors')
  }
  closing.cancel()
  await kafka.close()
}

/**
 * I11: each record is counted, and with exactly once, once. At least once, results of a worker that
 * stood still may come after those of its successor, who remembers what is right all the same.
 */
export function checkCounts(
  { from, to, guarantee }: CounterPlan,
  all: readonly FoundPartition[],
  remembered: ReadonlyMap<string, number | undefined>,
): void {
  const expected = new Map<string, number>()
  for (const { topic, records } of all) {
    if (topic !== from) continue
    for (const { id } of records) {
      const producer = id.slice(0, id.indexOf(':'))
      expected.set(producer, (expected.get(producer) ?? 0) + 1)
    }
  }
  const counts = new Map<string, number>()
  for (const { topic, records } of all) {
    if (topic !== to) continue
    for (const { key, value, fate } of records) {
      if (fate !== 'committed') continue
      const before = counts.get(key!) ?? 0
      const now = Number(value)
      if (guarantee === 'exactlyOnce' && now !== before + 1) {
        throw new Violation('I11', `${key} was counted as ${now} after ${before}`)
      }
      counts.set(key!, Math.max(now, before))
    }
  }
  for (const [what, counted] of Object.entries({ counted: counts, remembered })) {
    for (const [producer, count] of expected) {
      const found = counted.get(producer) ?? 0
      if (found < count || (guarantee === 'exactlyOnce' && found > count)) {
        throw new Violation('I11', `${producer} has ${count} records, and ${found} were ${what}`)
      }
    }
  }
}
