import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LeaderEpochs } from './leader-epochs.ts'

test('assign() notes an epoch once, at the first of its offsets', () => {
  const epochs = new LeaderEpochs()
  assert.equal(epochs.latest, -1)
  for (const [epoch, offset] of [
    [0, 0],
    [0, 5],
    [3, 9],
    [3, 12],
  ] as const) {
    epochs.assign(epoch, offset)
  }
  assert.deepEqual(epochs.entries, [
    { epoch: 0, startOffset: 0 },
    { epoch: 3, startOffset: 9 },
  ])
  assert.equal(epochs.latest, 3)
})

test('endOf() gives the largest epoch up to the one asked for, and where it ends', () => {
  const epochs = new LeaderEpochs([
    { epoch: 1, startOffset: 0 },
    { epoch: 3, startOffset: 9 },
  ])
  assert.deepEqual(epochs.endOf(0, 20), { epoch: 0, endOffset: 0 })
  assert.deepEqual(epochs.endOf(1, 20), { epoch: 1, endOffset: 9 })
  assert.deepEqual(epochs.endOf(2, 20), { epoch: 1, endOffset: 9 })
  assert.deepEqual(epochs.endOf(3, 20), { epoch: 3, endOffset: 20 })
  assert.equal(epochs.endOf(9, 20), undefined)
  for (const epoch of [-2, -1, 0]) assert.equal(new LeaderEpochs().endOf(epoch, 20), undefined)
})

test('at() gives the epoch of an offset, current that in which the log is led', () => {
  const epochs = new LeaderEpochs([
    { epoch: 1, startOffset: 5 },
    { epoch: 3, startOffset: 9 },
  ])
  assert.deepEqual(
    [0, 5, 8, 9, 20].map((offset) => epochs.at(offset)),
    [1, 1, 1, 3, 3],
  )
  assert.equal(epochs.current, 3)
  assert.deepEqual([new LeaderEpochs().at(0), new LeaderEpochs().current], [0, 0])
})

test('encode() writes the text that Kafka does', () => {
  const epochs = new LeaderEpochs([
    { epoch: 0, startOffset: 1 },
    { epoch: 1, startOffset: 2 },
  ])
  assert.equal(Buffer.from(epochs.encode()).toString(), '0\n2\n0 1\n1 2\n')
})
