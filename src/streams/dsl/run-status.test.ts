import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RunStatus } from './run-status.ts'

test('a RunStatus tells of each change once, and of nothing after the end', async () => {
  const status = new RunStatus()
  const heard: string[] = []
  const stop = status.listen((now) => heard.push(now))
  const all = ['connecting', 'restoring', 'restoring', 'running', 'closed', 'connecting'] as const
  for (const now of all) status.update(now)
  assert.equal(status.current, 'closed')
  assert.deepEqual(heard, [], 'nobody is told in the middle of it')
  await Promise.resolve()
  assert.deepEqual(heard, ['restoring', 'running', 'closed'])
  stop()
})
