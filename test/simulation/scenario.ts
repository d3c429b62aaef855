/**
 * What happens in the run of one seed: which topics and clients there are, how the broker ends each
 * time, and what goes wrong. Each seed has some kinds of trouble and lacks others: where all happen
 * at once, each hides what another would show.
 */

import type { BrokerOptions } from '../../src/broker/broker-options.ts'
import type { CompressionName } from '../../src/record/compression.ts'
import type { SeededRandom } from '../support/random.ts'
import type { GroupPlan, ProducerPlan } from './clients.ts'
import type { FaultKind } from './disk-faults.ts'
import type { Moment } from './sim-world.ts'
import type { TopicPlan } from './topic-clients.ts'
import type { CounterPlan } from './counters.ts'
import type { WorkerPlan } from './workers.ts'
import type { CopierPlan, TransactorPlan } from './transactors.ts'

export type End = 'clean stop' | 'kill' | 'power cut'

export interface Life {
  readonly lengthMs: number
  readonly end: End
  readonly fault: FaultKind | undefined
  readonly downMs: number
  /** The end comes at that moment, or a few milliseconds later in the middle of a commit. */
  readonly endsAfter: Moment | undefined
  /** Whether a broker that stops by itself is started again at once. */
  readonly isSupervised: boolean
}

export interface Scenario {
  readonly broker: BrokerOptions
  readonly topics: readonly TopicPlan[]
  readonly producers: readonly ProducerPlan[]
  readonly groups: readonly GroupPlan[]
  readonly hasAdministrator: boolean
  /** Those that write in transactions, to topics of their own. */
  readonly transactors: readonly TransactorPlan[]
  readonly copiers: CopierPlan | undefined
  readonly workers: WorkerPlan | undefined
  readonly counters: CounterPlan | undefined
  readonly lives: readonly Life[]
  readonly cutPerMillion: number
  readonly deadPerMillion: number
  /** Bits of files are flipped before the last start. */
  readonly flippedBits: number
}

const moments: readonly (Moment | undefined)[] = [
  undefined,
  undefined,
  'records',
  'commit',
  'topic',
  'deletion of records',
  'transaction',
]
const compressions: readonly CompressionName[] = ['none', 'none', 'gzip', 'lz4', 'snappy']

export function drawScenario(random: SeededRandom): Scenario {
  const oneIn = (count: number): boolean => random.below(count) === 0
  const topics = drawTopics(random)
  const ends = random.pick<readonly End[]>([
    ['power cut'],
    ['kill'],
    ['power cut', 'kill', 'clean stop'],
  ])
  const faults = random.pick<readonly (FaultKind | undefined)[]>([
    [undefined],
    [undefined, 'failed sync'],
    [undefined, 'disk full'],
    [undefined, 'failed call', 'failed from now on', 'failed sync', 'disk full'],
  ])
  // Some things happen every few seconds only: a start after such a time is another one.
  const slowness = oneIn(8) ? 20 : 1
  const scenario: Scenario = {
    broker: {
      retentionCheckMs: 40 + random.below(200),
      compactionCheckMs: 20 + random.below(150),
      groups: { initialRebalanceDelayMs: 0, consumerSessionTimeoutMs: 1000 },
    },
    topics,
    producers: Array.from({ length: 1 + random.below(3) }, (_, at) =>
      drawProducer(`p${at}`, random.pick(topics).name, { random, slowness }),
    ),
    groups: oneIn(2)
      ? []
      : [
          {
            group: 'g',
            topics: topics.map(({ name }) => name),
            members: 1 + random.below(3),
            isolation: 'read_uncommitted',
          },
        ],
    hasAdministrator: oneIn(2),
    transactors: [],
    copiers: undefined,
    workers: undefined,
    counters: undefined,
    lives: Array.from({ length: 2 + random.below(3) }, () =>
      drawLife({ ends, faults, slowness }, random),
    ),
    cutPerMillion: oneIn(2) ? 0 : random.below(30_000),
    deadPerMillion: oneIn(3) ? random.below(3000) : 0,
    flippedBits: oneIn(12) ? 1 + random.below(3) : 0,
  }
  const more = oneIn(2) ? scenario : withTransactions(scenario, random)
  const most = oneIn(2) ? more : { ...more, workers: drawWorkers(more, random) }
  return oneIn(2) ? most : withCounters(most, random)
}

/** Nobody deletes records that are to be counted. */
function withCounters(scenario: Scenario, random: SeededRandom): Scenario {
  const counted = {
    name: 'counted',
    partitions: 1 + random.below(2),
    configs: {},
    isTransactional: true,
  }
  return {
    ...scenario,
    hasAdministrator: false,
    topics: [...scenario.topics, counted],
    counters: {
      from: 'plain',
      to: counted.name,
      members: 1 + random.below(2),
      guarantee: random.pick(['atLeastOnce', 'exactlyOnce'] as const),
      standbyReplicas: random.below(2),
      diesOneIn: random.pick([1, 2, 1_000_000]),
      freezesOneIn: random.pick([2, 1_000_000, 1_000_000]),
    },
  }
}

function drawWorkers({ topics }: Scenario, random: SeededRandom): WorkerPlan {
  return {
    group: 'workers',
    topics: topics.map(({ name }) => name),
    members: 1 + random.below(3),
    concurrency: 1 + random.below(10),
    ordered: random.pick(['key', 'partition', false]),
    workMs: random.pick([0, 5, 30]),
    failsOneIn: random.pick([5, 50, 1_000_000]),
    pausesOneIn: random.pick([1, 1_000_000]),
    diesOneIn: random.pick([1, 2, 1_000_000]),
    freezesOneIn: random.pick([2, 1_000_000, 1_000_000]),
  }
}

/** Drawn last, so that a seed without them is what it was. */
function withTransactions(scenario: Scenario, random: SeededRandom): Scenario {
  const configs = { 'segment.bytes': String(random.pick([1500, 4000, 100_000])) }
  const newTopic = (name: string): TopicPlan => ({
    name,
    partitions: 1 + random.below(3),
    configs,
    isTransactional: true,
  })
  const written = [newTopic('written'), newTopic('also-written')].slice(random.below(2))
  const topics = written.map(({ name }) => name)
  const transactors = Array.from({ length: random.below(4) }, (_, at) => ({
    name: `t${at}`,
    topics,
    isNamed: random.below(2) === 0,
    paddingBytes: 1 + random.below(200),
    pauseMs: random.below(30),
    diesOneIn: random.pick([1, 2, 1_000_000]),
    freezesOneIn: random.pick([2, 1_000_000, 1_000_000]),
  }))
  const copiers = {
    group: 'copiers',
    from: 'plain',
    to: 'copy',
    members: 1 + random.below(3),
    diesOneIn: random.pick([1, 2, 1_000_000]),
    freezesOneIn: random.pick([2, 1_000_000, 1_000_000]),
  }
  const readers: GroupPlan = { group: 'r', topics, members: 1, isolation: 'read_committed' }
  const isCopied = transactors.length === 0 || random.below(2) === 0
  return {
    ...scenario,
    topics: [...scenario.topics, ...written, ...(isCopied ? [newTopic('copy')] : [])],
    groups: [...scenario.groups, ...(random.below(2) === 0 ? [readers] : [])],
    transactors,
    copiers: isCopied ? copiers : undefined,
  }
}

interface LifeChoices {
  readonly ends: readonly End[]
  readonly faults: readonly (FaultKind | undefined)[]
  readonly slowness: number
}

function drawLife({ ends, faults, slowness }: LifeChoices, random: SeededRandom): Life {
  const fault = random.pick(faults)
  const isShort = random.below(5) === 0
  const endsAfter = random.pick(moments)
  return {
    lengthMs: isShort ? random.below(30) : (60 + random.below(400)) * slowness,
    // A disk that took nothing, not even a note of that, is not gone on with before a reboot.
    end: fault === 'failed from now on' ? 'power cut' : random.pick(ends),
    fault,
    // Longer than clients try again, now and then.
    downMs: random.below(endsAfter === 'transaction' ? 2 : 8) === 0 ? 3000 : random.below(120),
    endsAfter,
    isSupervised: fault !== 'failed from now on' && random.below(2) === 0,
  }
}

function drawTopics(random: SeededRandom): TopicPlan[] {
  const segments = (): Record<string, string> => ({
    'segment.bytes': String(random.pick([400, 1000, 4000, 100_000])),
    'index.interval.bytes': String(random.pick([0, 100, 4096])),
    ...(random.below(6) === 0 ? { 'segment.ms': String(20 + random.below(300)) } : {}),
    ...(random.below(6) === 0 ? { 'message.timestamp.type': 'LogAppendTime' } : {}),
  })
  const retention = (): Record<string, string> =>
    random.below(3) === 0
      ? { 'retention.ms': String(100 + random.below(1000)) }
      : { 'retention.bytes': String(500 + random.below(4000)) }
  const plain = { name: 'plain', partitions: 1 + random.below(2), configs: segments() }
  const retained = {
    name: 'retained',
    partitions: 1,
    configs: { ...segments(), ...retention() },
  }
  const compacted = {
    name: 'compacted',
    partitions: 1,
    configs: {
      ...segments(),
      ...(random.below(4) === 0
        ? { ...retention(), 'cleanup.policy': 'compact,delete' }
        : { 'cleanup.policy': 'compact' }),
      'min.cleanable.dirty.ratio': '0.01',
      'delete.retention.ms': String(random.pick([0, 100, 86_400_000])),
    },
  }
  return random.pick<TopicPlan[]>([
    [plain],
    [plain],
    [plain, retained],
    [plain, compacted],
    [plain, retained, compacted],
  ])
}

function drawProducer(
  name: string,
  topic: string,
  { random, slowness }: { readonly random: SeededRandom; readonly slowness: number },
): ProducerPlan {
  const acks = random.pick<ProducerPlan['acks']>(['all', 'all', 'all', 'all', 1, 0])
  return {
    name,
    topic,
    acks,
    isIdempotent: acks === 'all' && random.below(4) > 0,
    compression: random.pick(compressions),
    paddingBytes: 1 + random.below(300),
    keyCount: random.pick([4, 40]),
    pauseMs: (2 + random.below(25)) * slowness,
  }
}
