/** Clients of our SDK in a simulation, and the processes that they are in. */

// Loaded before anything runs: to load them takes real time.
import '../../src/client/admin/admin-groups.ts'
import '../../src/client/admin/admin-records.ts'
import '../../src/client/admin/admin-topics.ts'
import '../../src/client/consumer/batch.ts'
import '../../src/client/consumer/record-processor.ts'
import '../../src/client/transaction/transactions.ts'
import '../../src/streams/runtime/start-topology.ts'
import { Kafka } from '../../src/streams/streaming-kafka.ts'
import { nodeCodecs } from '../../src/record/node-compression.ts'
import { silentLogger, type Clock } from '../../src/runtime/runtime.ts'
import { seededRandom, type SeededRandom } from '../support/random.ts'
import type { ProcessClock } from './sim-clock.ts'
import type { Attachment } from './sim-network.ts'
import type { SimWorld } from './sim-world.ts'

/** A client and the process that it is in. */
export interface MortalClient {
  readonly kafka: Kafka
  /** That of the process: nothing comes of it once the process is gone. */
  readonly clock: ProcessClock
  /** Resolves when it is killed: its own promises never settle then. */
  readonly died: Promise<void>
  kill(): void
  /** Whether it stands still for a while, as a process that collects garbage. */
  freeze(isFrozen: boolean): void
}

export interface ClientPlan {
  /** Of how many processes one is killed. */
  readonly diesOneIn: number
  /** Of how many processes one stands still for a while. */
  readonly freezesOneIn: number
}

/** Where a client runs. */
interface Place {
  readonly clock: Clock
  readonly attachment: Attachment
}

export function newClient(world: SimWorld, name: string, { clock, attachment }: Place): Kafka {
  return new Kafka(
    { url: 'kafka://broker:9092', clientId: name, timeout: '4s', retries: 20 },
    {
      transports: { kafka: () => ({ dialer: attachment.dialer }) },
      clock,
      random: seededRandom(world.random.below(2 ** 31)),
      codecs: nodeCodecs,
      env: {},
      logger: silentLogger,
    },
  )
}

/**
 * Returns a client in a process of its own, which may be killed, or stand still for so long that
 * others take its place.
 */
export function mortalClient(
  world: SimWorld,
  name: string,
  plan: ClientPlan,
  random: SeededRandom,
): MortalClient {
  const client = newProcess(world, name)
  const { clock } = world
  if (random.below(plan.diesOneIn) === 0) clock.after(random.below(1000), () => client.kill())
  if (random.below(plan.freezesOneIn) === 0) {
    const lengthMs = random.below(4000)
    clock.after(random.below(600), () => {
      client.freeze(true)
      clock.after(lengthMs, () => client.freeze(false))
    })
  }
  return client
}

function newProcess(world: SimWorld, name: string): MortalClient {
  const clock = world.clock.forProcess()
  const attachment = world.network.attach()
  const died = Promise.withResolvers<void>()
  return {
    kafka: newClient(world, name, { clock, attachment }),
    clock,
    died: died.promise,
    kill() {
      world.trace.note(`${name} is killed`)
      world.count('clients killed')
      clock.end()
      attachment.cutOff()
      died.resolve()
    },
    freeze(isFrozen) {
      world.trace.note(`${name} ${isFrozen ? 'stands still' : 'goes on'}`)
      if (isFrozen) world.count('clients that stood still')
      clock.freeze(isFrozen)
      attachment.freeze(isFrozen)
    },
  }
}
