/**
 * What Kafka Streams (4.x, its own test driver, caches off) makes of 270 inputs, and what we make of
 * them. Where we differ on purpose there is a reason in `differenceOf`; all else is equal.
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { SavedState, StreamDriver } from '../../src/streams/stream-driver.ts'
import { kafkaStreamsCases, type Case, type Input, type Output } from './kafka-streams-cases.ts'
import { driverOf, keyText, type CaseOperation } from './case-topology.ts'

const cases = kafkaStreamsCases()

/**
 * How outputs are compared. The order within a step is not promised where several keys change for
 * one cause, and `left` and `outer` joins may say later, or sooner, that nobody came.
 */
function shown(operation: CaseOperation, steps: readonly (readonly Output[])[]): unknown {
  const { kind, type } = operation
  const texts = steps.map((outputs) => outputs.map((output) => JSON.stringify(output)))
  if (kind === 'streamStreamJoin' && type !== 'inner') return texts.flat().toSorted()
  if (kind === 'foreignKeyJoin' || operation.window === 'sliding') {
    return steps.map((outputs) => lastOfEachKey(outputs))
  }
  const isOrdered = operation.emit !== 'close' && !(kind === 'streamTableJoin' && operation.grace)
  return isOrdered ? texts : texts.map((outputs) => outputs.toSorted())
}

function lastOfEachKey(outputs: readonly Output[]): string[] {
  const last = new Map(outputs.map((output) => [output[0], JSON.stringify(output)]))
  return [...last.values()].toSorted()
}

/** Leaves out the deletions of what was not there, which Kafka Streams writes and we do not. */
function withoutIdleDeletions(steps: readonly (readonly Output[])[]): Output[][] {
  const there = new Set<string>()
  return steps.map((outputs) =>
    outputs.filter(([key, value], index) => {
      const [nextKey, nextValue] = outputs[index + 1] ?? []
      const isReplaced = value === null && nextKey === key && nextValue !== null
      const isIdle = value === null && (!there.has(key) || isReplaced)
      if (value === null) there.delete(key)
      else there.add(key)
      return !isIdle
    }),
  )
}

/** Says why our output is not that of Kafka Streams, where it need not be. */
function differenceOf({ name, operation, steps }: Case): string | undefined {
  const { kind, window } = operation
  const hasNull = steps.some(([[, , value]]) => value === null)
  if (kind === 'windowedCount' && window !== 'sliding' && hasNull) {
    return 'Kafka Streams counts records without a value in windows, against its documentation'
  }
  if (kind === 'streamStreamJoin' && joinedLate.has(name)) {
    return 'a record that is too late finds no partner, so that nobody is both alone and joined'
  }
  if (countedLate.has(name)) {
    return 'a late record whose own window is closed still counts in those that are open'
  }
  return undefined
}

const countedLate = new Set(['slide-count-10-g6-4', 'slide-count-10-g6-8'])
const joinedLate = new Set(
  ['inner-5-5-g0-8', 'outer-5-5-g0-8', 'left-5-5-g0-10', 'outer-5-5-g0-10'].map((n) => `ss-${n}`),
)

function outputsOf(driver: StreamDriver, input: Input, operation: CaseOperation): Output[] {
  const [topic, key, value, timestamp] = input
  driver.send(topic, { key, value, timestamp })
  return driver.take('out').map((record) => {
    const value = (record.value as { toString(): string } | undefined)?.toString() ?? null
    return [keyText(record.key, operation), value, record.timestamp]
  })
}

/** Which of several keys comes first is promised where records are joined, and nowhere else. */
function byKey({ kind }: CaseOperation, outputs: readonly Output[]): readonly Output[] {
  if (kind === 'streamStreamJoin' || kind === 'streamTableJoin') return outputs
  return outputs.toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
}

test('all cases are there', () => assert.equal(cases.length, 270))

for (const one of cases) {
  const difference = differenceOf(one)
  const suffix =
    difference === undefined ? 'as Kafka Streams' : `unlike Kafka Streams: ${difference}`
  test(`${one.name}: ${suffix}`, () => {
    const { operation, steps } = one
    const driver = driverOf(operation)
    const ours = steps.map(([input]) => outputsOf(driver, input, operation))
    assert.deepEqual(withoutIdleDeletions(ours), ours, 'a row is deleted only if it was there')
    const theirs = withoutIdleDeletions(steps.map(([, outputs]) => outputs))
    if (difference === undefined) {
      assert.deepEqual(shown(operation, ours), shown(operation, theirs))
    } else assert.notDeepEqual(shown(operation, ours), shown(operation, theirs))
  })

  test(`${one.name}: the same with a restart after each step`, () => {
    const { operation, steps } = one
    const saved: SavedState = new Map()
    const steady = driverOf(operation)
    for (const [input] of steps) {
      const expected = outputsOf(steady, input, operation)
      const restarted = driverOf(operation)
      // Changelogs are compacted: entries come back in the order of their last changes, or any other.
      restarted.restore(new Map([...saved].toReversed()))
      const found = outputsOf(restarted, input, operation)
      assert.deepEqual(byKey(operation, found), byKey(operation, expected), JSON.stringify(input))
      const lookingUp = driverOf(operation)
      lookingUp.restore(saved, { isLookedUp: true })
      const lookedUp = outputsOf(lookingUp, input, operation)
      assert.deepEqual(
        byKey(operation, lookedUp),
        byKey(operation, expected),
        JSON.stringify(input),
      )
      restarted.save(saved)
    }
  })
}
