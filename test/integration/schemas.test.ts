import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SerializationError } from '../../src/index-node.ts'
import { MockKafka } from '../../src/testing/index.ts'
import { schemas } from '../types/schemas.ts'

for (const [library, value] of Object.entries(schemas)) {
  test(`a schema of ${library} checks what is sent and what is read`, async () => {
    await using kafka = new MockKafka()
    const payment = { id: '1', amount: 2 }
    await kafka.producer('payments', { value }).send(payment)
    await assert.rejects(
      kafka.producer('payments', { value }).send({ id: '2', amount: -5 }),
      SerializationError,
    )
    await kafka.produce('payments', { id: 3 })
    const [good, bad] = await kafka.consumer('payments', { value }).take(2).toArray()
    assert.deepEqual(good!.value, payment)
    assert.throws(() => bad!.value, SerializationError)
  })
}
