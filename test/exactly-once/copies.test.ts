/** Tests of the judge of copies: silent where all is well, and a sentence for each kind of fault. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findCopyFaults, type ReadRecord } from './copies.ts'

/** Records from `partition@offset=value`. */
function records(notation: string): ReadRecord[] {
  return notation.split(' ').map((text) => {
    const [, partition, offset, value] = /^(\d)@(\d+)=(.+)$/.exec(text)!
    return { partition: Number(partition), offset: Number(offset), value: value! }
  })
}

const inputs = records('0@0=a 0@2=b 1@0=c')

test('findCopyFaults() finds nothing where each input has one copy, in order', () => {
  assert.deepEqual(findCopyFaults(inputs, records('0@5=a#1 1@0=c#9 0@7=b#2')), [])
})

test('findCopyFaults() names inputs without a copy', () => {
  assert.deepEqual(findCopyFaults(inputs, records('0@5=a#1 1@0=c#9')), ['1 inputs have no copy: b'])
})

test('findCopyFaults() names inputs with several copies', () => {
  const [repeated] = findCopyFaults(inputs, records('0@5=a#1 0@6=a#2 0@7=b#2 1@0=c#9'))
  assert.equal(repeated, '1 inputs have several copies: a#1 at 5 and a#2 at 6')
})

test('findCopyFaults() names copies that are out of order, in the wrong place or of nothing', () => {
  const faults = findCopyFaults(inputs, records('0@5=b#1 0@6=a#2 0@7=c#2 0@8=d#2'))
  assert.match(faults.join(), /a#2 \(input 0\) follows the copy of 2/)
  assert.match(faults.join(), /c#2 is in another partition/)
  assert.match(faults.join(), /d#2 copies what was not committed/)
})
