import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkTopicName, collisionForm, isInternalTopic } from './topic-name.ts'

test('checkTopicName() takes what Kafka takes', () => {
  for (const name of ['a', 'A.b_c-9', '__x', '...', 'x'.repeat(249)]) checkTopicName(name)
})

test('checkTopicName() refuses what would be no safe name of a folder', () => {
  const names = ['', '.', '..', 'a b', 'a/b', '../a', 'ä', 'a\n', 'a\0', 'x'.repeat(250)]
  for (const name of names) {
    const expected = { name: 'RequestError', errorName: 'INVALID_TOPIC_EXCEPTION' }
    assert.throws(() => checkTopicName(name), expected, JSON.stringify(name))
  }
})

test('collisionForm() is the same for names that differ in dots and underscores only', () => {
  assert.equal(collisionForm('a.b_c'), collisionForm('a_b.c'))
  assert.notEqual(collisionForm('a.b'), collisionForm('a-b'))
})

test('isInternalTopic() knows the topics of the broker, not all with two underscores', () => {
  assert.equal(isInternalTopic('__consumer_offsets'), true)
  assert.equal(isInternalTopic('__mine'), false)
})
