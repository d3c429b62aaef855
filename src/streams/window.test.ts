import assert from 'node:assert/strict'
import { test } from 'node:test'
import { windowedKeyText } from './window.ts'

test('windowedKeyText() is what JSON.stringify() returns', () => {
  for (const key of ['c-1', '', 'with "quotes" \\ and \n', 'ünïcödé 🙂', '\ud800']) {
    const windowed = { key, start: 1_767_225_600_000, end: -0 }
    assert.equal(windowedKeyText(windowed), JSON.stringify(windowed))
  }
})

test('windowedKeyText() leaves all else to JSON.stringify()', () => {
  const others = [
    'text',
    7,
    null,
    undefined,
    { key: 7, start: 1, end: 2 },
    { start: 1, key: 'a', end: 2 },
    { key: 'a', start: 1, end: 2, more: 3 },
    { key: 'a', start: 1 },
    { key: 'a', start: 1, end: Infinity },
    { key: 'a', start: 1, end: 2, toJSON: () => 'other' },
  ]
  for (const other of others) assert.equal(windowedKeyText(other), undefined)
})
