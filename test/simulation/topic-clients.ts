/** Clients that create and delete topics, change their configs, and delete records. */

import { KafkaError } from '../../src/client/failure/errors.ts'
import type { Admin } from '../../src/client/admin/admin.ts'
import { seededRandom, type SeededRandom } from '../support/random.ts'
import type { TopicFacts } from './ledger.ts'
import type { SimWorld } from './sim-world.ts'

export interface TopicPlan {
  readonly name: string
  readonly partitions: number
  readonly configs: Readonly<Record<string, string>>
  readonly isTransactional?: boolean
}

/** Creates a topic, again and again until the broker says that it is there. */
export async function createTopic(world: SimWorld, plan: TopicPlan): Promise<TopicFacts> {
  const facts = addFacts(world, plan)
  const { name, partitions, configs } = plan
  const kafka = world.client('creator')
  while (facts.state === 'creating') {
    try {
      await kafka.admin.createTopic(name, { partitions, configs })
      facts.state = 'there'
    } catch (error) {
      if (codeOf(world, error) === 'topic_already_exists') facts.state = 'there'
      await world.clock.sleep(20)
    }
  }
  await kafka.close()
  return facts
}

function addFacts(
  world: SimWorld,
  { name, partitions, configs, isTransactional = false }: TopicPlan,
): TopicFacts {
  return world.ledger.addTopic({
    name,
    partitions,
    isTransactional,
    isCompacted: configs['cleanup.policy']?.includes('compact') ?? false,
    hasRetention: 'retention.bytes' in configs || 'retention.ms' in configs,
    deleteRetentionMs: Number(configs['delete.retention.ms'] ?? 86_400_000),
  })
}

/** Creates and deletes topics, changes configs of those that stay, and deletes their records. */
export async function administer(world: SimWorld, topics: readonly string[]): Promise<void> {
  const random = seededRandom(world.random.below(2 ** 31))
  const kafka = world.client('admin')
  for (let round = 0; world.isWorking; round++) {
    await world.clock.sleep(10 + random.below(150))
    if (random.below(3) === 0) await alterSomeConfig(world, kafka.admin, topics, random)
    else if (random.below(2) === 0) await deleteSomeRecords(world, kafka.admin, topics, random)
    else await bringAndTake(world, kafka.admin, `passing-${round}`, random)
  }
  await kafka.close()
}

/** Changes configs of a topic, as far as that deletes nothing that would stay. */
async function alterSomeConfig(
  world: SimWorld,
  admin: Admin,
  topics: readonly string[],
  random: SeededRandom,
): Promise<void> {
  const facts = world.ledger.topics.get(random.pick(topics))!
  const changes: Record<string, string>[] = [
    { 'segment.bytes': String(random.pick([300, 1000, 4000, 100_000])) },
    { 'segment.ms': String(20 + random.below(1000)) },
    { 'index.interval.bytes': String(random.pick([0, 100, 4096])) },
    { 'message.timestamp.type': random.pick(['CreateTime', 'LogAppendTime']) },
    { 'flush.messages': random.pick(['1', '9223372036854775807']) },
  ]
  if (facts.isCompacted && !facts.hasRetention) {
    changes.push({ 'cleanup.policy': random.pick(['compact', 'delete']) })
  }
  if (facts.hasRetention) {
    changes.push({ 'retention.ms': String(random.pick([-1, 50, 500])) })
    changes.push({ 'retention.bytes': String(random.pick([-1, 500, 3000])) })
  }
  try {
    await admin.alterTopic(facts.name, { configs: random.pick(changes) })
    world.count('configs changed')
  } catch (error) {
    codeOf(world, error)
  }
}

async function deleteSomeRecords(
  world: SimWorld,
  admin: Admin,
  topics: readonly string[],
  random: SeededRandom,
): Promise<void> {
  const facts = world.ledger.topics.get(random.pick(topics))!
  if (facts.isCompacted) return
  const partition = random.below(facts.partitions)
  try {
    const [end] = await admin.listOffsets(facts.name, 'latest')
    const before = random.below((end?.offset ?? 0) + 1)
    facts.deleteAsked[partition] = Math.max(facts.deleteAsked[partition]!, before)
    const [deleted] = await admin.deleteRecords(facts.name, [{ partition, before }])
    world.trace.note(`${facts.name}/${partition} begins at`, deleted!.startOffset)
    world.count('deletions of records')
    world.noteMoment('deletion of records')
    facts.deleteAcked[partition] = Math.max(facts.deleteAcked[partition]!, before)
  } catch (error) {
    codeOf(world, error)
  }
}

/** Creates a topic or deletes it, whichever is its turn. */
async function bringAndTake(
  world: SimWorld,
  admin: Admin,
  name: string,
  random: SeededRandom,
): Promise<void> {
  const partitions = 1 + random.below(2)
  const facts = addFacts(world, { name, partitions, configs: {} })
  try {
    await admin.createTopic(name, { partitions })
    facts.state = 'there'
    world.count('topics created')
    world.noteMoment('topic')
    if (random.below(3) === 0) return
    await world.clock.sleep(random.below(60))
    facts.state = 'deleting'
    await admin.deleteTopic(name)
    facts.state = 'gone'
    world.count('topics deleted')
    world.noteMoment('topic')
  } catch (error) {
    codeOf(world, error)
  }
}

/** Returns the code of an error that a client may be given. */
function codeOf(world: SimWorld, error: unknown): string {
  if (!KafkaError.is(error)) {
    world.violated(error)
    return ''
  }
  world.trace.note(`admin: ${error.name}: ${error.message}`)
  return error.code
}
