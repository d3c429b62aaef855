import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nestLogger } from './nest-logger.ts'

test('nestLogger() writes facts as JSON, and what an error says', () => {
  const lines: string[] = []
  const add = (line: string): void => void lines.push(line)
  const logger = nestLogger({ log: add, warn: add, error: add })
  logger.info('connected')
  logger.warn('trying again', { attempt: 2 })
  logger.error('a stream has failed', { name: 'totals', error: new TypeError('no total') })
  assert.deepEqual(lines, [
    'connected',
    'trying again {"attempt":2}',
    'a stream has failed {"name":"totals","error":"TypeError: no total"}',
  ])
})
