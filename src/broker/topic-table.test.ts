import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TopicTable } from './topic-table.ts'

function createAndRemove(table: TopicTable, topicId: string): void {
  table.apply({ type: 'topicRecord', value: { name: 't', topicId } })
  table.apply({ type: 'removeTopicRecord', value: { topicId } })
}

test('wasRemoved() is for starts: what runs does not remember all that was deleted', () => {
  const table = new TopicTable()
  createAndRemove(table, 'before')
  assert.equal(table.wasRemoved('before', 't'), true)
  table.forgetRemoved()
  createAndRemove(table, 'after')
  assert.equal(table.wasRemoved('before', 't'), false)
  assert.equal(table.wasRemoved('after', 't'), false)
})
