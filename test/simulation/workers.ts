/** Groups that process several records at a time, with handlers that take their time, and fail. */

import type { Consumer } from '../../src/client/consumer/consumer.ts'
import { KafkaError } from '../../src/client/failure/errors.ts'
import type { KafkaRecord } from '../../src/client/record/kafka-record.ts'
import { seededRandom, type SeededRandom } from '../support/random.ts'
import { Violation } from './ledger.ts'
import { mortalClient, type ClientPlan } from './sim-client.ts'
import type { ProcessClock } from './sim-clock.ts'
import type { SimWorld } from './sim-world.ts'

export interface WorkerPlan extends ClientPlan {
  readonly group: string
  readonly topics: readonly string[]
  readonly members: number
  readonly concurrency: number
  readonly ordered: 'key' | 'partition' | false
  readonly workMs: number
  readonly failsOneIn: number
  readonly pausesOneIn: number
}

/** What a handler throws. */
class WorkFailed extends Error {}

/** Processes records in one process after the other, until work is over. */
export async function workAsMember(world: SimWorld, plan: WorkerPlan, name: string): Promise<void> {
  const random = seededRandom(world.random.below(2 ** 31))
  while (world.isWorking) {
    const client = mortalClient(world, name, plan, random)
    const consumer = client.kafka.consumer<string>([...plan.topics], {
      group: plan.group,
      value: 'string',
      fetchMaxWaitMs: 50,
      heartbeatInterval: '100ms',
      sessionTimeout: '1s',
    })
    const working = async (): Promise<void> => {
      await work(world, { consumer, clock: client.clock }, plan, random)
      await client.kafka.close()
      world.count('workers that ended')
    }
    await Promise.race([working(), client.died])
    await world.clock.sleep(random.below(100))
  }
}

interface Worker {
  readonly consumer: Consumer<string>
  readonly clock: ProcessClock
}

async function work(
  world: SimWorld,
  worker: Worker,
  plan: WorkerPlan,
  random: SeededRandom,
): Promise<void> {
  const { ledger } = world
  const { consumer, clock } = worker
  const { concurrency, ordered, group } = plan
  const turns = new Turns(ordered)
  let isOver = false
  const closing = clock.after(300 + random.below(2000), () => void consumer.close())
  const pausing = random.below(plan.pausesOneIn) === 0 ? pauseNowAndThen(worker, random) : undefined
  const handle = async (record: KafkaRecord<string>): Promise<void> => {
    if (isOver) world.violated(new Violation('I17', `${group} is given records after its end`))
    const overlap = turns.begin(record)
    if (overlap) world.violated(overlap)
    await clock.sleep(plan.workMs * 2 * random.number())
    turns.end(record)
    if (random.below(plan.failsOneIn) === 0) throw new WorkFailed()
    const { topic, partition, offset } = record
    const facts = ledger.group(group, topic, partition)
    facts.delivered.add(offset)
    // It is committed without being asked for.
    facts.committedAsked = Infinity
    world.count('records processed')
  }
  try {
    const retry = { maxAttempts: 3, baseDelay: '5ms' as const }
    await consumer.process(handle, { concurrency, ordered, retry })
  } catch (error) {
    if (!(error instanceof WorkFailed) && !KafkaError.is(error)) world.violated(error)
    world.trace.note(`worker: ${String(error)}`)
  }
  isOver = true
  closing.cancel()
  pausing?.stop()
  await consumer.close()
}

/** Whose turn it is: what is ordered is handled one after the other. */
class Turns {
  readonly #ordered: WorkerPlan['ordered']
  readonly #running = new Map<string, number>()

  constructor(ordered: WorkerPlan['ordered']) {
    this.#ordered = ordered
  }

  /** Returns what is wrong if another record should be over first. */
  begin(record: KafkaRecord<string>): Violation | undefined {
    const lane = this.#laneOf(record)
    const other = this.#running.get(lane)
    this.#running.set(lane, record.offset)
    if (other === undefined) return undefined
    return new Violation('I17', `${lane}@${record.offset} is handled while @${other} is`)
  }

  end(record: KafkaRecord<string>): void {
    this.#running.delete(this.#laneOf(record))
  }

  #laneOf({ topic, partition, offset, key }: KafkaRecord<string>): string {
    if (this.#ordered === 'partition') return `${topic}/${partition}`
    const isFree = this.#ordered === false || key === null
    return `${topic}/${partition} ${isFree ? offset : key}`
  }
}

function pauseNowAndThen({ clock, consumer }: Worker, random: SeededRandom): { stop(): void } {
  let timer = clock.after(random.below(100), pause)
  function pause(): void {
    consumer.pause()
    timer = clock.after(random.below(150), resume)
  }
  function resume(): void {
    consumer.resume()
    timer = clock.after(random.below(200), pause)
  }
  return { stop: () => timer.cancel() }
}
