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

test('linesOf() refuses what does not come to the end of a line', async () => {
  const chunk = Buffer.from('aaaa')
  async function* endless(): AsyncGenerator<Buffer> {
    for (;;) yield chunk
  }
  const reading = (async () => {
    for await (const _ of linesOf(endless(), 1000)) assert.fail('there is no line')
  })()
  await assert.rejects(reading, /a line has more than 1000 bytes/)
  const long = Buffer.from(`${'a'.repeat(999)}\n`.repeat(3))
  let count = 0
  async function* lines(): AsyncGenerator<Buffer> {
    for (let at = 0; at < long.length; at += 300) yield long.subarray(at, at + 300)
  }
  for await (const line of linesOf(lines(), 1000)) count += line.length === 999 ? 1 : 0
  assert.equal(count, 3)
})
