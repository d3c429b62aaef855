import assert from 'node:assert/strict'
import { test } from 'node:test'
import { silentLogger, type Logger } from '../../runtime/runtime.ts'
import { Observer } from './observer.ts'

test('tell() gives what the instrumentation returns, called as its method', () => {
  class Greeting {
    readonly headers = { greeting: 'hello' }
    onSend() {
      return { headers: this.headers }
    }
  }
  const observer = new Observer(new Greeting(), silentLogger)
  const record = { topic: 'orders', key: null, value: 1, headers: [], partition: undefined }
  const observation = observer.tell((to) => to.onSend?.(record))
  assert.deepEqual(observation, { headers: { greeting: 'hello' } })
})

test('tell() throws nothing, and the log has the first failure alone', () => {
  const warnings: unknown[] = []
  const logger: Logger = { ...silentLogger, warn: (...told) => void warnings.push(told) }
  const observer = new Observer({}, logger)
  for (const reason of [new Error('first'), new Error('second'), 'third']) {
    const told = observer.tell(() => {
      throw reason
    })
    assert.equal(told, undefined)
  }
  assert.deepEqual(warnings, [['instrumentation has failed', { error: 'first' }]])
})
