import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seededRandom } from '../../../test/support/random.ts'
import type { TopicPartition } from '../cluster/offset-lookup.ts'
import { assignors, type AssignedMember, type Assignment } from './classic-assignors.ts'

/** Members as in 'a: 0 1 | b: 2', all of topic 't'. */
function members(notation: string, generation = 1): AssignedMember[] {
  return notation.split('|').map((part) => {
    const [memberId = '', owned = ''] = part.split(':').map((text) => text.trim())
    const partitions = owned.split(' ').filter((text) => text !== '')
    const places = partitions.map((text) => ({ topic: 't', partition: Number(text) }))
    return { memberId, order: memberId, topics: ['t'], owned: places, generation }
  })
}

function written(assignment: Assignment): string {
  return [...assignment]
    .map(([memberId, places]) => {
      const numbers = places.map(({ partition }) => partition).sort((a, b) => a - b)
      return `${memberId}: ${numbers.join(' ')}`.trim()
    })
    .sort()
    .join(' | ')
}

const range = assignors['range']!
const sticky = assignors['cooperative-sticky']!

test('range gives each member partitions in a row', () => {
  assert.equal(written(range(members('b: | a:'), () => 5)), 'a: 0 1 2 | b: 3 4')
  assert.equal(written(range(members('a: | b: | c:'), () => 2)), 'a: 0 | b: 1 | c:')
})

const stickyCases: [what: string, before: string, partitionCount: number, after: string][] = [
  ['shares out what nobody has', 'a: | b:', 4, 'a: 0 2 | b: 1 3'],
  ['leaves what is even as it is', 'a: 0 3 | b: 1 2', 4, 'a: 0 3 | b: 1 2'],
  [
    'takes away what a newcomer shall have, and gives it to nobody yet',
    'a: 0 1 2 3 | b:',
    4,
    'a: 0 1 | b:',
  ],
  ['then gives it to the newcomer', 'a: 0 1 | b:', 4, 'a: 0 1 | b: 2 3'],
  ['gives what a member left behind to the others', 'a: 0 1 | b: 4', 6, 'a: 0 1 3 | b: 2 4 5'],
  ['gives out partitions that were added', 'a: 0 | b: 1', 4, 'a: 0 2 | b: 1 3'],
  ['forgets partitions that are not there', 'a: 0 7 | b: 1', 2, 'a: 0 | b: 1'],
]
for (const [what, before, partitionCount, after] of stickyCases) {
  test(`cooperative-sticky ${what}`, () => {
    assert.equal(written(sticky(members(before), () => partitionCount)), after)
  })
}

const rangeCases: [what: string, before: string, partitionCount: number, after: string][] = [
  ['shares out what nobody has', 'a: | b:', 5, 'a: 0 1 2 | b: 3 4'],
  ['gives nobody yet what another has still', 'a: 0 1 2 3 4 5 | b:', 6, 'a: 0 1 2 | b:'],
  ['gives it to whom it is for then', 'a: 0 1 2 | b:', 6, 'a: 0 1 2 | b: 3 4 5'],
  ['gives at once what nobody has any more', 'b: 2 3 | c: 4 5', 6, 'b: 0 1 2 | c: 4 5'],
]
for (const [what, before, partitionCount, after] of rangeCases) {
  test(`cooperative-range ${what}`, () => {
    const assign = assignors['cooperative-range']!
    assert.equal(written(assign(members(before), () => partitionCount)), after)
  })
}

test('cooperative-range sorts members by what they say, not by their ids', () => {
  const [one, other] = members('a: | b:')
  const sorted = [
    { ...one!, order: '2 a' },
    { ...other!, order: '1 b' },
  ]
  assert.equal(written(assignors['cooperative-range']!(sorted, () => 4)), 'a: 2 3 | b: 0 1')
  assert.equal(written(range(sorted, () => 4)), 'a: 0 1 | b: 2 3', 'which range does not know of')
})

test('cooperative-sticky believes who heard of a partition last', () => {
  const [older] = members('a: 0 1', 3)
  const [newer] = members('b: 0', 4)
  assert.equal(written(sticky([older!, newer!], () => 2)), 'a: 1 | b: 0')
})

test('cooperative-sticky ends even, with each partition at one member, from any beginning', () => {
  const random = seededRandom(Number(process.env['SEED'] ?? 7))
  for (let round = 0; round < 200; round++) {
    const topics = ['x', 'y', 'z'].slice(0, 1 + random.below(3))
    const partitionCount = 1 + random.below(9)
    let group: AssignedMember[] = Array.from({ length: 1 + random.below(5) }, (_, index) => ({
      memberId: `m${index}`,
      order: `m${index}`,
      topics,
      owned: [],
      generation: round,
    }))
    const all = topics.flatMap((topic) =>
      Array.from({ length: partitionCount }, (_, partition) => ({ topic, partition })),
    )
    const owned = new Map<AssignedMember, TopicPartition[]>(group.map((member) => [member, []]))
    for (const place of all) if (random.number() < 0.7) owned.get(random.pick(group))!.push(place)
    group = group.map((member) => ({ ...member, owned: owned.get(member)! }))
    // Two rounds: what moves is given up in the first, and taken over in the second.
    for (let turn = 0; turn < 2; turn++) {
      const given = sticky(group, () => partitionCount)
      group = group.map((member) => ({ ...member, owned: given.get(member.memberId)! }))
    }
    const sizes = group.map((member) => member.owned.length)
    assert.ok(Math.max(...sizes) - Math.min(...sizes) <= 1, `seed ${random.seed}: ${sizes.join()}`)
    const keys = group.flatMap((member) => member.owned.map((p) => `${p.topic}-${p.partition}`))
    assert.equal(new Set(keys).size, keys.length)
    assert.equal(keys.length, all.length, `seed ${random.seed}`)
  }
})

test('cooperative-sticky gives a member only what it has subscribed to', () => {
  const group: AssignedMember[] = [
    { memberId: 'a', order: 'a', topics: ['t', 'u'], owned: [], generation: 1 },
    {
      memberId: 'b',
      order: 'b',
      topics: ['t'],
      owned: [{ topic: 'u', partition: 0 }],
      generation: 1,
    },
  ]
  const given = sticky(group, () => 2)
  assert.ok(given.get('b')!.every(({ topic }) => topic === 't'))
})
