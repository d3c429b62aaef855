import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  assignmentOf,
  contains,
  difference,
  equalAssignments,
  intersection,
  isSubset,
  noPartitions,
  overlap,
  partitionCount,
  union,
  type Assignment,
} from './assignment.ts'

/** Builds a set from `t0 t1 u0`, each a topic and a partition. */
function set(notation: string): Assignment {
  return assignmentOf(
    notation
      .split(' ')
      .filter(Boolean)
      .map(([topicId, partition]) => ({ topicId: topicId!, partitions: [Number(partition)] })),
  )
}

test('assignmentOf() has one form for equal sets', () => {
  const [entries, others] = [
    [{ topicId: 't', partitions: [2, 0] }],
    [
      { topicId: 't', partitions: [0] },
      { topicId: 't', partitions: [2, 2] },
      { topicId: 'u', partitions: [] },
    ],
  ]
  assert.deepEqual(assignmentOf(entries), assignmentOf(others))
})

test('sets are combined topic by topic', () => {
  const [one, other] = [set('t0 t1 u0'), set('t1 t2 v0')]
  assert.deepEqual(intersection(one, other), set('t1'))
  assert.deepEqual(difference(one, other), set('t0 u0'))
  assert.deepEqual(union(one, other), set('t0 t1 t2 u0 v0'))
  assert.equal(partitionCount(one), 3)
})

test('sets are compared by what is in them', () => {
  assert(equalAssignments(set('t0 u0'), set('u0 t0')))
  assert(!equalAssignments(set('t0'), set('t1')))
  assert(!equalAssignments(set('t0'), set('t0 t1')))
  assert(isSubset(set('t0'), set('t0 t1')))
  assert(!isSubset(set('t0 u0'), set('t0 t1')))
  assert(isSubset(noPartitions, noPartitions))
  assert(overlap(set('t0 t1'), set('t1')))
  assert(!overlap(set('t0'), noPartitions))
})

test('contains() looks at few of the partitions of a wide topic', () => {
  let looks = 0
  const partitions = new Proxy(
    Array.from({ length: 40_000 }, (_, partition) => partition * 2),
    {
      get(target, key) {
        if (Number.isInteger(Number(key))) looks++
        return Reflect.get(target, key) as unknown
      },
    },
  )
  const wide = new Map([['t', partitions]])
  assert.equal(contains(wide, 't', 79_998), true)
  assert.equal(contains(wide, 't', 79_997), false)
  assert.equal(contains(wide, 't', 80_000), false)
  assert.equal(contains(wide, 'u', 0), false)
  // With each heartbeat of a member that has them all, and for each of them.
  assert.ok(looks < 60, String(looks))
})
