import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { seededRandom, type SeededRandom } from '../../../test/support/random.ts'
import { equalAssignments, noPartitions, partitionCount, type Assignment } from './assignment.ts'
import type { AssignorInput, AssignorMember } from './assignor.ts'
import { assignorNames, assignorOf, defaultAssignorName } from './assignors.ts'

function randomInput(random: SeededRandom, hasEqualSubscriptions: boolean): AssignorInput {
  const partitionCounts = new Map<string, number>()
  for (let topic = 1 + random.below(5); topic > 0; topic--) {
    partitionCounts.set(`t${topic}`, 1 + random.below(9))
  }
  const all = [...partitionCounts.keys()]
  const members = Array.from({ length: 1 + random.below(7) }, (_, index): AssignorMember => {
    const chosen = all.filter(() => random.below(2) === 0)
    return {
      memberId: `m${index}`,
      instanceId: random.below(3) === 0 ? `i${index}` : null,
      topicIds: new Set(hasEqualSubscriptions ? all : chosen),
      current: noPartitions,
    }
  })
  return { members, partitionCounts }
}

function checkComplete(
  { members, partitionCounts }: AssignorInput,
  result: ReadonlyMap<string, Assignment>,
  message: string,
): void {
  const owners = new Map<string, string>()
  for (const { memberId, topicIds } of members) {
    for (const [topicId, partitions] of result.get(memberId)!) {
      assert(topicIds.has(topicId), `${message}: only what it subscribes to`)
      assert(partitions.length > 0, message)
      for (const partition of partitions) {
        const name = `${topicId}-${partition}`
        assert(!owners.has(name), `${message}: ${name} is given twice`)
        owners.set(name, memberId)
      }
    }
  }
  for (const [topicId, count] of partitionCounts) {
    const isWanted = members.some(({ topicIds }) => topicIds.has(topicId))
    for (let partition = 0; partition < count; partition++) {
      assert.equal(owners.has(`${topicId}-${partition}`), isWanted, `${message}: ${topicId}`)
    }
  }
}

function withCurrent(input: AssignorInput, result: ReadonlyMap<string, Assignment>): AssignorInput {
  const members = input.members.map((member) => ({
    ...member,
    current: result.get(member.memberId) ?? noPartitions,
  }))
  return { ...input, members }
}

function keptCount(input: AssignorInput, result: ReadonlyMap<string, Assignment>): number {
  let kept = 0
  for (const { memberId, current } of input.members) {
    for (const [topicId, partitions] of current) {
      const now = new Set(result.get(memberId)!.get(topicId))
      kept += partitions.filter((partition) => now.has(partition)).length
    }
  }
  return kept
}

const uniform = assignorOf(defaultAssignorName)!

test('every assignor gives each subscribed partition to one subscriber', () => {
  const { seed } = seededRandom()
  for (let round = 0; round < 300; round++) {
    const random = seededRandom(seed + round)
    const input = randomInput(random, random.below(2) === 0)
    for (const name of assignorNames) {
      const assign = assignorOf(name)!
      const message = `${name}, SEED=${seed + round}`
      const first = assign(input)
      checkComplete(input, first, message)
      assert.deepEqual(assign(input), first, `${message}: the same again`)
      const again = withCurrent(input, first)
      assert.deepEqual(assign(again), first, `${message}: nothing moves without a reason`)
    }
  }
})

test('uniform gives equal subscribers counts that differ by one at most', () => {
  const { seed } = seededRandom()
  for (let round = 0; round < 300; round++) {
    const input = randomInput(seededRandom(seed + round), true)
    const counts = [...uniform(input).values()].map(partitionCount)
    assert(Math.max(...counts) - Math.min(...counts) <= 1, `SEED=${seed + round}: ${counts.join()}`)
  }
})

test('uniform leaves no partition that could go to a subscriber with two fewer', () => {
  const { seed } = seededRandom()
  for (let round = 0; round < 300; round++) {
    const input = randomInput(seededRandom(seed + round), false)
    const result = uniform(input)
    for (const from of input.members) {
      const mine = result.get(from.memberId)!
      for (const to of input.members) {
        const difference = partitionCount(mine) - partitionCount(result.get(to.memberId)!)
        const couldTake = [...mine.keys()].some((topicId) => to.topicIds.has(topicId))
        assert(!couldTake || difference <= 1, `SEED=${seed + round}`)
      }
    }
  }
})

test('uniform moves only what a member that comes or goes asks for', () => {
  const { seed } = seededRandom()
  for (let round = 0; round < 300; round++) {
    const random = seededRandom(seed + round)
    const message = `SEED=${seed + round}`
    const input = randomInput(random, true)
    const total = [...input.partitionCounts.values()].reduce((sum, count) => sum + count, 0)
    const before = withCurrent(input, uniform(input))
    const newcomer = { ...before.members[0]!, memberId: 'new', current: noPartitions }
    const grown = { ...before, members: [...before.members, newcomer] }
    const withNewcomer = uniform(grown)
    checkComplete(grown, withNewcomer, message)
    const moved = total - keptCount(grown, withNewcomer)
    assert.equal(
      moved,
      partitionCount(withNewcomer.get('new')!),
      `${message}: to the newcomer only`,
    )

    const gone = random.pick(before.members)
    const shrunk = { ...before, members: before.members.filter((member) => member !== gone) }
    if (shrunk.members.length === 0) continue
    const kept = keptCount(shrunk, uniform(shrunk))
    assert.equal(kept, total - partitionCount(gone.current), `${message}: from the leaver only`)
  }
})

test('uniform spreads each topic when it makes room for a member', () => {
  const topicIds = new Set(['t1', 't2'])
  const partitionCounts = new Map([...topicIds].map((topicId) => [topicId, 4]))
  const alone = { memberId: 'a', instanceId: null, topicIds, current: noPartitions }
  const first = uniform({ members: [alone], partitionCounts })
  const members = [
    { ...alone, current: first.get('a')! },
    { ...alone, memberId: 'b' },
  ]
  const second = uniform({ members, partitionCounts })
  const counts = [...second.get('b')!.values()].map(({ length }) => length)
  assert.deepEqual(counts, [2, 2])
})

test('range gives equal subscribers the same partitions of topics of the same size', () => {
  const range = assignorOf('range')!
  const topicIds = new Set(['t1', 't2'])
  const partitionCounts = new Map([...topicIds].map((topicId) => [topicId, 5]))
  const member = { instanceId: null, topicIds, current: noPartitions }
  const members = ['b', 'a'].map((memberId) => ({ ...member, memberId }))
  const result = range({ members, partitionCounts })
  assert.deepEqual(
    [...result.get('a')!.values()],
    [
      [0, 1, 2],
      [0, 1, 2],
    ],
  )
  assert.deepEqual(
    [...result.get('b')!.values()],
    [
      [3, 4],
      [3, 4],
    ],
  )
})

test('range keeps what a static member has when it comes back with another member id', () => {
  const range = assignorOf('range')!
  const topicIds = new Set(['t'])
  const partitionCounts = new Map([['t', 4]])
  const members = (ids: readonly string[]): AssignorMember[] =>
    ids.map((memberId, index) => {
      return { memberId, instanceId: `i${index}`, topicIds, current: noPartitions }
    })
  const before = range({ members: members(['x', 'y']), partitionCounts })
  const after = range({ members: members(['z', 'y']), partitionCounts })
  assert.deepEqual(after.get('z'), before.get('x'))
  assert.deepEqual(after.get('y'), before.get('y'))
})

type ByPlace = Readonly<Record<string, readonly number[]>>

interface KafkasCase {
  readonly assignor: string
  readonly partitionCounts: readonly number[]
  readonly members: readonly {
    readonly memberId: string
    readonly instanceId: string | null
    readonly topics: readonly number[]
    readonly current: ByPlace
    readonly next: ByPlace
  }[]
}

const kafkasFile = new URL('../../../test/fixtures/assignors/kafka.jsonl', import.meta.url)
const kafkasCases = readFileSync(kafkasFile, 'utf8')
  .trim()
  .split('\n')
  .map((line, index) => ({ ...(JSON.parse(line) as KafkasCase), line: `line ${index + 1}` }))

const assigned = (byPlace: ByPlace): Assignment => new Map(Object.entries(byPlace))

function inputOf({ members, partitionCounts }: KafkasCase): AssignorInput {
  const counts = partitionCounts.map((count, place) => [String(place), count] as const)
  const subscribed = new Set(members.flatMap(({ topics }) => topics))
  return {
    members: members.map(({ memberId, instanceId, topics, current }) => {
      return {
        memberId,
        instanceId,
        topicIds: new Set(topics.map(String)),
        current: assigned(current),
      }
    }),
    partitionCounts: new Map(counts.filter(([place]) => subscribed.has(Number(place)))),
  }
}

function kafkasResult({ members }: KafkasCase): ReadonlyMap<string, Assignment> {
  return new Map(members.map(({ memberId, next }) => [memberId, assigned(next)]))
}

test('range gives what the one of Apache Kafka gives', () => {
  for (const each of kafkasCases.filter(({ assignor }) => assignor === 'range')) {
    const result = assignorOf('range')!(inputOf(each))
    for (const [memberId, expected] of kafkasResult(each)) {
      assert(equalAssignments(result.get(memberId)!, expected), each.line)
    }
  }
})

// Which of several equal members gets one more depends, in Kafka, on the order of a hash table.
test('uniform shares out as evenly as the one of Apache Kafka, and moves no more', () => {
  for (const each of kafkasCases.filter(({ assignor }) => assignor === defaultAssignorName)) {
    const input = inputOf(each)
    const [ours, kafkas] = [uniform(input), kafkasResult(each)]
    checkComplete(input, ours, each.line)
    if (!haveEqualSubscriptions(each)) continue
    assert.equal(unevenness(ours), unevenness(kafkas), each.line)
    const [kept, keptByKafka] = [keptCount(input, ours), keptCount(input, kafkas)]
    assert(kept >= keptByKafka, `${each.line}: kept ${kept}, and Kafka ${keptByKafka}`)
  }
})

test('uniform is no less even than that of Apache Kafka where subscriptions differ', () => {
  let [ours, kafkas] = [0, 0]
  for (const each of kafkasCases.filter(({ assignor }) => assignor === defaultAssignorName)) {
    if (haveEqualSubscriptions(each)) continue
    // Neither is so in every case: both look no further than from one member to the next.
    ours += unevenness(uniform(inputOf(each)))
    kafkas += unevenness(kafkasResult(each))
  }
  assert(ours <= kafkas, `${ours}, and Kafka ${kafkas}`)
})

function haveEqualSubscriptions({ members }: KafkasCase): boolean {
  return members.every(({ topics }) => topics.join() === members[0]!.topics.join())
}

function unevenness(result: ReadonlyMap<string, Assignment>): number {
  return [...result.values()].reduce((sum, each) => sum + partitionCount(each) ** 2, 0)
}
