import assert from 'node:assert/strict'
import { test } from 'node:test'
import { zeroUuid } from '../../bytes/uuid.ts'
import { CommittedOffsets } from './committed-offsets.ts'

const committed = {
  offset: 5,
  leaderEpoch: -1,
  metadata: '',
  commitTimestampMs: 0,
  expireTimestampMs: -1,
  topicId: zeroUuid,
}

test('removalsOfTopic() has what groups have committed of the topic, and of no other', () => {
  const offsets = new CommittedOffsets()
  offsets.apply('a', { topic: 't', partition: 1, committed })
  offsets.apply('a', { topic: 't', partition: 3, committed })
  offsets.apply('a', { topic: 'u', partition: 0, committed })
  offsets.apply('b', { topic: 'u', partition: 0, committed })
  assert.deepEqual(
    [...offsets.removalsOfTopic('t')],
    [
      [
        'a',
        [
          { topic: 't', partition: 1, committed: null },
          { topic: 't', partition: 3, committed: null },
        ],
      ],
    ],
  )
  assert.deepEqual(
    offsets.removalsOfTopic('u'),
    offsets.removals((topic) => topic === 'u'),
  )
})
