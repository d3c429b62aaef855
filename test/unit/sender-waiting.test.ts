/** Records that a producer cannot send at once: what they wait for, and how that ends. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pass } from '../support/scripted-broker.ts'
import { SenderRig } from '../support/sender-rig.ts'

test('a record that cannot be placed once there is metadata fails, and no other', async () => {
  const rig = new SenderRig()
  const partitioner = (): never => {
    throw new Error('no partition')
  }
  const before = rig.send('a')
  const unplaced = assert.rejects(rig.add({ value: 'b', partitioner }), { message: 'no partition' })
  const headers = [{ key: 'size', value: 5 as never }]
  const unwritten = assert.rejects(rig.add({ value: 'c', partition: 0, headers }), RangeError)
  const after = rig.send('d')
  await pass(rig.broker, Promise.all([before, unplaced, unwritten, after]))
  assert.deepEqual(rig.arrived, ['0:7/0 a d'])
})
