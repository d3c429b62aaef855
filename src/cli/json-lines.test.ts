import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatLine, parseLine, type RawRecord } from './json-lines.ts'

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)

function record(parts: Partial<RawRecord>): RawRecord {
  return { key: null, value: null, headers: [], timestampMs: 5, partition: 0, ...parts }
}

const values: readonly (Uint8Array | null)[] = [
  null,
  utf8(''),
  utf8('null'),
  utf8('{"b":1,"a":[true,null]}'),
  utf8('{ "spaced": 1.0 }'),
  utf8('{"a":1,"a":2}'),
  utf8('{"2":0,"1":0}'),
  utf8('1e400'),
  utf8('-0'),
  utf8('9007199254740993'),
  utf8('"text"'),
  utf8('plain text\nwith lines\u2028\u2029'),
  utf8('{"text":"a\u2028b"}'),
  utf8('\ufeffmark'),
  Uint8Array.of(0xff, 0x00, 0xc0),
]

test('parseLine() reads back the bytes of every value that formatLine() writes', () => {
  for (const value of values) {
    const line = formatLine(record({ value, key: value }))
    assert.doesNotMatch(line, /[\r\n\u2028\u2029]/)
    const { key, value: read } = parseLine(line)
    assert.deepEqual({ key, value: read }, { key: value, value }, line)
  }
})

test('parseLine() reads back headers with their order, repetitions and bytes', () => {
  const headers = [
    { key: '2', value: utf8('x') },
    { key: '1', value: null },
    { key: '2', value: Uint8Array.of(0xff) },
  ]
  assert.deepEqual(parseLine(formatLine(record({ headers }))).headers, headers)
})

test('formatLine() writes JSON as JSON and other text as text', () => {
  assert.equal(
    formatLine(record({ value: utf8('{"a":1}'), key: utf8('k') })),
    '{"partition":0,"timestamp":5,"key":"k","value":{"a":1}}',
  )
  assert.match(formatLine(record({ value: utf8('hello') })), /"valueText":"hello"/)
})

test('parseLine() takes headers as an object, as people write them', () => {
  const { headers } = parseLine('{"value":1,"headers":{"a":"b"}}')
  assert.deepEqual(headers, [{ key: 'a', value: utf8('b') }])
})

test('parseLine() says what is wrong with a line', () => {
  const cases: readonly [string, RegExp][] = [
    ['nope', /not JSON/],
    ['[]', /not a JSON object/],
    ['{"key":"k"}', /one of value, valueText, valueBase64 is needed, found 0/],
    ['{"value":1,"valueText":"1"}', /found 2/],
    ['{"value":1,"kye":"k"}', /unknown field 'kye'/],
    ['{"value":1,"key":7}', /'key' must be text or null/],
    ['{"valueBase64":"*"}', /'valueBase64' is not base64/],
    ['{"value":1,"timestamp":1.5}', /'timestamp' must be an integer/],
    ['{"value":1,"headers":{"size":5}}', /a header is text, null or \{"base64": …\}/],
    ['{"value":1,"headers":[["a"],"b"]}', /a header must be a \[name, value\] pair/],
  ]
  for (const [line, message] of cases) {
    assert.throws(() => parseLine(line), { name: 'BadLineError', message })
  }
  const bytes = Uint8Array.of(0x22, 0xff, 0x22)
  assert.throws(() => parseLine(bytes), { name: 'BadLineError', message: 'not UTF-8' })
})
