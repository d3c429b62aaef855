import assert from 'node:assert/strict'
import { test } from 'node:test'
import { linesOf } from './lines.ts'

async function linesIn(...chunks: readonly string[]): Promise<string[]> {
  const lines: string[] = []
  async function* input(): AsyncGenerator<Buffer> {
    for (const chunk of chunks) yield Buffer.from(chunk, 'latin1')
  }
  for await (const line of linesOf(input())) lines.push(line.toString('latin1'))
  return lines
}

test('linesOf() ends a line at \\n and \\r\\n, however the bytes come', async () => {
  const text = 'a\r\n\nbc\n\r\nd\re\xff\xe2\x80\xa8f\n'
  const lines = ['a', '', 'bc', '', 'd\re\xff\xe2\x80\xa8f']
  assert.deepEqual(await linesIn(text), lines)
  assert.deepEqual(await linesIn(...text.split('')), lines)
  for (let at = 0; at <= text.length; at++) {
    assert.deepEqual(await linesIn(text.slice(0, at), text.slice(at)), lines, `cut at ${at}`)
  }
})

test('linesOf() takes what comes after the last end for a line', async () => {
  assert.deepEqual(await linesIn('a\n', 'b', 'c'), ['a', 'bc'])
  assert.deepEqual(await linesIn(), [])
})
