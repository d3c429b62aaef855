import assert from 'node:assert/strict'
import { test } from 'node:test'
import { rangeOf, standbyPartitions } from './standby-plan.ts'

/** Calls `visit` with every choice of at most `count` of `members`. */
function eachChoice(
  members: readonly number[],
  count: number,
  visit: (chosen: ReadonlySet<number>) => void,
): void {
  const choose = (from: number, chosen: readonly number[]): void => {
    visit(new Set(chosen))
    if (chosen.length === count) return
    for (let next = from; next < members.length; next++)
      choose(next + 1, [...chosen, members[next]!])
  }
  choose(0, [])
}

const partitionsOf = (rank: number, memberCount: number, partitionCount: number): number[] => {
  const { start, end } = rangeOf({ rank, memberCount }, partitionCount)
  return Array.from({ length: end - start }, (_, index) => start + index)
}

test('rangeOf() gives each partition to one member', () => {
  for (let members = 1; members <= 7; members++) {
    for (let count = 0; count <= 20; count++) {
      const all = Array.from({ length: members }, (_, rank) => partitionsOf(rank, members, count))
      assert.deepEqual(
        all.flat(),
        Array.from({ length: count }, (_, partition) => partition),
      )
    }
  }
})

test('standbyPartitions() has what becomes ours where no more than `replicas` are gone', () => {
  for (let memberCount = 1; memberCount <= 5; memberCount++) {
    const members = Array.from({ length: memberCount }, (_, rank) => rank)
    for (let count = 1; count <= 11; count++) {
      for (let replicas = 0; replicas <= 3; replicas++) {
        const warm = members.map((rank) => {
          const standby = standbyPartitions({ rank, memberCount }, count, replicas)
          const own = partitionsOf(rank, memberCount, count)
          assert(standby.every((partition) => !own.includes(partition)))
          return new Set([...own, ...standby])
        })
        eachChoice(members, Math.min(replicas, memberCount - 1), (gone) => {
          const left = members.filter((rank) => !gone.has(rank))
          left.forEach((member, rank) => {
            for (const partition of partitionsOf(rank, left.length, count)) {
              assert(
                warm[member]!.has(partition),
                `${partition} of ${member}, ${[...gone].join()} gone`,
              )
            }
          })
        })
      }
    }
  }
})

test('standbyPartitions() makes `replicas` copies of each partition in all', () => {
  for (let memberCount = 2; memberCount <= 5; memberCount++) {
    for (let replicas = 1; replicas < memberCount; replicas++) {
      // So many that there is nothing to round.
      const count = 5040
      const copies = Array.from({ length: count }, () => 0)
      for (let rank = 0; rank < memberCount; rank++) {
        const standby = standbyPartitions({ rank, memberCount }, count, replicas)
        for (const partition of standby) copies[partition]!++
      }
      assert.deepEqual([...new Set(copies)], [replicas], `${replicas} of ${memberCount} members`)
    }
  }
})

test('standbyPartitions() of up to three members has what is theirs once one more has come', () => {
  for (let memberCount = 1; memberCount <= 3; memberCount++) {
    // So many that there is nothing to round.
    const count = 840
    for (let joined = 0; joined <= memberCount; joined++) {
      for (let rank = 0; rank < memberCount; rank++) {
        const standby = standbyPartitions({ rank, memberCount }, count, 1)
        const warm = new Set([...partitionsOf(rank, memberCount, count), ...standby])
        const next = partitionsOf(rank < joined ? rank : rank + 1, memberCount + 1, count)
        assert(memberCount === 1 || next.every((partition) => warm.has(partition)))
      }
    }
  }
})

test('standbyPartitions() is everything for a member that may be the last one', () => {
  const others = standbyPartitions({ rank: 1, memberCount: 3 }, 6, 2)
  assert.deepEqual(others, [0, 1, 4, 5])
  assert.deepEqual(standbyPartitions({ rank: 0, memberCount: 1 }, 6, 2), [])
  assert.deepEqual(standbyPartitions({ rank: 0, memberCount: 2 }, 6, 0), [])
})
