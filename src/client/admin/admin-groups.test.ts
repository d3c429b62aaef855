import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pass, ScriptedBroker } from '../../../test/support/scripted-broker.ts'
import { consumerGroupDescribe } from '../../protocol/consumer-group-describe.ts'
import { errorCodes } from '../../protocol/error-codes.ts'
import { listGroups } from '../../protocol/list-groups.ts'
import { Admin } from './admin.ts'

const stable = { protocolType: 'consumer', groupState: 'Stable', groupType: 'consumer' }
const { TOPIC_AUTHORIZATION_FAILED, COORDINATOR_LOAD_IN_PROGRESS } = errorCodes

/** A broker with two groups: `mine`, and `theirs`, whose description fails with `errors`. */
function twoGroups(...errors: number[]): ScriptedBroker {
  const groups = ['mine', 'theirs'].map((groupId) => ({ groupId, ...stable }))
  return new ScriptedBroker()
    .withTopics({})
    .on(listGroups, () => ({ errorCode: 0, groups }))
    .on(consumerGroupDescribe, ({ groupIds }) => ({
      groups: groupIds.map((groupId) => ({
        errorCode: groupId === 'theirs' ? (errors.shift() ?? 0) : 0,
        groupId,
        groupState: 'Stable',
        groupEpoch: 1,
        assignmentEpoch: 1,
        assignorName: 'uniform',
        members: [],
      })),
    }))
}

test('listGroups() has groups that one may not see into, without their members', async () => {
  const broker = twoGroups(TOPIC_AUTHORIZATION_FAILED)
  const list = new Admin(broker.cluster()).listGroups()
  assert.deepEqual(await pass(broker, Promise.resolve(list)), [
    { id: 'mine', memberCount: 0, state: 'Stable' },
    { id: 'theirs', memberCount: -1, state: 'Stable' },
  ])
})

test('listGroups() asks again while a coordinator is loading its groups', async () => {
  const broker = twoGroups(COORDINATOR_LOAD_IN_PROGRESS)
  const list = await pass(broker, Promise.resolve(new Admin(broker.cluster()).listGroups()))
  assert.deepEqual(
    list.map(({ memberCount }) => memberCount),
    [0, 0],
  )
})
