import assert from 'node:assert/strict'
import { test } from 'node:test'
import { textLogger } from './logger.ts'

test('a line of the log holds nothing that a terminal would obey, whoever chose its texts', () => {
  let lines = ''
  const logger = textLogger('info', (line) => (lines += line))
  for (const text of [
    '\u009b31m',
    'a b\u009b31m',
    '"\u007f',
    '\u001b[31m',
    'a\n12:00 error fake',
  ]) {
    logger.info(text, { text, error: new Error(text), list: [text] })
  }
  assert.match(lines, /^[^\u0000-\u0009\u000b-\u001f\u007f-\u009f]+$/)
  assert.equal(lines.split('\n').length, 6)
})
