import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  consumerProtocolSubscription,
  decodeConsumerProtocol,
} from '../../protocol/records/consumer-protocol.ts'
import { encodeSubscription } from './classic-leader.ts'

test('a member says where it is, if that is known', () => {
  const saidIn = (rackId: string | undefined): string | null => {
    const said = encodeSubscription(['orders'], [], { generationId: 1, rackId })
    return decodeConsumerProtocol(consumerProtocolSubscription, said).rackId
  }
  assert.deepEqual([saidIn('near'), saidIn(''), saidIn(undefined)], ['near', null, null])
})
