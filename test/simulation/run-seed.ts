/** Runs one seed: work with crashes, then peace, and a look at everything. */

import { verifyLog } from '../../src/log/verify/verify.ts'
import { nodeCodecs } from '../../src/record/node-compression.ts'
import { seededRandom } from '../support/random.ts'
import { consumeAsMember, produceRecords } from './clients.ts'
import { countAsMember, countTheRest } from './counters.ts'
import { checkEverything, transactionsSettled } from './final-checks.ts'
import { Violation } from './ledger.ts'
import { drawScenario, type Life, type Scenario } from './scenario.ts'
import { SimStorage } from './sim-storage.ts'
import { SimWorld } from './sim-world.ts'
import { administer, createTopic } from './topic-clients.ts'
import { copyAsMember, copyTheRest, transact } from './transactors.ts'
import { workAsMember } from './workers.ts'

export interface RunOptions {
  readonly seed: number
  /** Called with everything that happens, in words. */
  readonly onLine?: (line: string) => void
}

export interface RunResult {
  readonly seed: number
  /** The same for the same seed. */
  readonly trace: string
  /** How much happened, and how often what did. */
  readonly counts: ReadonlyMap<string, number>
  /** The invariant that does not hold, if there is one. */
  readonly violation: Error | undefined
}

const startsMax = 20
/** How soon a broker that has stopped is noticed. */
const supervisionMs = 15
/** How long the moment of an end is waited for. */
const momentMs = 150
const syncedMs = 200
/** How long clients may take to end their work once all is well again. */
const patienceMs = 60_000

export async function runSeed({ seed, onLine }: RunOptions): Promise<RunResult> {
  const random = seededRandom(seed ^ 0x5eed)
  const scenario = drawScenario(random)
  onLine?.(JSON.stringify(scenario, null, 1))
  const world = new SimWorld({ seed, broker: scenario.broker, onLine })
  // It would end a process, and with it the broker.
  const onUnhandled = (error: unknown): void => world.violated(error)
  process.on('unhandledRejection', onUnhandled)
  let violation: Error | undefined
  try {
    await run(world, scenario)
  } catch (error) {
    violation = error instanceof Error ? error : new Error(String(error))
  }
  process.off('unhandledRejection', onUnhandled)
  world.count('events', world.trace.count)
  return { seed, trace: world.trace.hash, counts: world.counts, violation }
}

async function run(world: SimWorld, scenario: Scenario): Promise<void> {
  await world.runUntil(startSurely(world), 'start', patienceMs)
  const work = startWork(world, scenario)
  work.catch((error: unknown) => world.violated(error))
  const lives = async (): Promise<void> => {
    for (const life of scenario.lives) await live(world, scenario, life)
  }
  await world.runUntil(lives(), 'lives', patienceMs)
  world.faults.heal()
  Object.assign(world.network.faults, { cutPerMillion: 0, deadPerMillion: 0 })
  if (scenario.flippedBits > 0) {
    world.kill()
    for (let count = scenario.flippedBits; count > 0; count--) world.flipBit()
  }
  await world.runUntil(startSurely(world), 'last start', patienceMs)
  // A broker that tells of damage and does not start has done what can be asked of it.
  if (world.hasFlippedBits && !world.process) return
  world.isWorking = false
  await world.runUntil(work, 'the end of the work', patienceMs)
  if (!world.hasFlippedBits) {
    await world.runUntil(transactionsSettled(world), 'the last transactions', patienceMs)
    if (scenario.copiers) {
      await world.runUntil(copyTheRest(world, scenario.copiers), 'the last copies', patienceMs)
    }
  }
  if (scenario.counters && !world.hasFlippedBits) {
    await world.runUntil(countTheRest(world, scenario.counters), 'the last counts', patienceMs)
  }
  // What was acknowledged with acks=1 is synced a moment later, and only then to be seen.
  await world.runUntil(world.clock.sleep(syncedMs), 'the last sync', patienceMs)
  await world.runUntil(checkEverything(world, scenario), 'checks', patienceMs)
  await world.runUntil(world.stop(), 'last stop', patienceMs)
  checkFiles(world)
}

async function startWork(world: SimWorld, scenario: Scenario): Promise<void> {
  await Promise.all(scenario.topics.map((topic) => createTopic(world, topic)))
  const plain = scenario.topics.filter(({ isTransactional }) => !isTransactional)
  const names = plain.map(({ name }) => name)
  const { copiers, workers, counters } = scenario
  await Promise.all([
    ...scenario.producers.map((plan) => produceRecords(world, plan)),
    ...scenario.groups.flatMap((plan) =>
      Array.from({ length: plan.members }, (_, at) => consumeAsMember(world, plan, `c${at}`)),
    ),
    ...scenario.transactors.map((plan) => transact(world, plan)),
    ...Array.from({ length: copiers?.members ?? 0 }, (_, at) =>
      copyAsMember(world, copiers!, `x${at}`),
    ),
    ...Array.from({ length: workers?.members ?? 0 }, (_, at) =>
      workAsMember(world, workers!, `w${at}`),
    ),
    ...Array.from({ length: counters?.members ?? 0 }, (_, at) =>
      countAsMember(world, counters!, `s${at}`),
    ),
    ...(scenario.hasAdministrator ? [administer(world, names)] : []),
  ])
}

/** Lets a broker run for a while, and ends it. */
async function live(world: SimWorld, scenario: Scenario, life: Life): Promise<void> {
  const { cutPerMillion, deadPerMillion } = scenario
  Object.assign(world.network.faults, { cutPerMillion, deadPerMillion })
  world.faults.plan(life.fault)
  const endMs = world.clock.monotonic() + life.lengthMs
  for (let leftMs = life.lengthMs; leftMs > 0; leftMs = endMs - world.clock.monotonic()) {
    await world.clock.sleep(Math.min(leftMs, supervisionMs))
    if (life.isSupervised && !world.process) void startSurely(world)
  }
  if (life.endsAfter) await world.untilMoment(life.endsAfter, momentMs)
  if (life.endsAfter === 'transaction') await world.clock.sleep(life.lengthMs % 8)
  if (life.end === 'power cut') world.cutPower()
  else if (life.end === 'kill') world.kill()
  else await world.stop()
  await world.clock.sleep(life.downMs)
  world.faults.heal()
  // Not waited for: the next crash may come while the broker is still starting.
  void startSurely(world)
}

/** Starts the broker until it runs. */
async function startSurely(world: SimWorld): Promise<void> {
  for (let count = 0; count < startsMax; count++) {
    if (world.process?.isReady && !world.process.failure) return
    if (!world.process && (await world.start())) return
    if (world.hasRefused) return
    await world.clock.sleep(5)
  }
}

function checkFiles(world: SimWorld): void {
  if (world.hasFlippedBits) return
  const { clock, trace, disk: root } = world
  const faults = { failure: () => undefined, syncMs: () => 0 }
  const storage = new SimStorage({ root, clock, trace, faults })
  for (const folder of storage.list('')) {
    if (!/-\d+$/.test(folder)) continue
    const { problems } = verifyLog({ storage, folder, codecs: nodeCodecs })
    if (problems.length > 0) throw new Violation('verify', `${folder}: ${problems.join('; ')}`)
  }
}
