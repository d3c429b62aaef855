import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ScriptedBroker, settled, topicId } from '../../../test/support/scripted-broker.ts'
import { createTopics } from '../../protocol/create-topics.ts'
import { Admin } from './admin.ts'

/** A broker that is asked `count` times for a new topic before it knows of it. */
function slowToLearn(count: number, id = topicId('orders')) {
  let asked = 0
  const topics = {
    get orders() {
      return ++asked > count ? 1 : (undefined as unknown as number)
    },
  }
  const broker = new ScriptedBroker()
    .withTopics(topics)
    .on(createTopics, ({ topics: [topic] }) => ({
      topics: [{ name: topic!.name, errorCode: 0, topicId: id }],
    }))
  return { broker, asked: () => asked }
}

/** Lets time pass in small steps until `promise` is settled. */
async function pass(broker: ScriptedBroker, promise: Promise<unknown>): Promise<void> {
  let isSettled = false
  const mark = (): void => void (isSettled = true)
  promise.then(mark, mark)
  for (let step = 0; step < 1000 && !isSettled; step++) {
    await settled()
    if (!isSettled) broker.clock.advance(100)
  }
  await promise
}

test('createTopic() waits until brokers know of the topic, and not for ever', async () => {
  for (const [count, expected] of [
    [0, 1],
    [2, 3],
    [1000, 4],
  ] as const) {
    const { broker, asked } = slowToLearn(count)
    await pass(broker, new Admin(broker.cluster()).createTopic('orders'))
    assert.equal(asked(), expected)
  }
})

test('createTopic() does not take a topic that is being deleted for the new one', async () => {
  const { broker, asked } = slowToLearn(0, topicId('another'))
  await pass(broker, new Admin(broker.cluster()).createTopic('orders'))
  assert.equal(asked(), 4)
})
