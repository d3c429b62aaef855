import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { plantedBugs } from './planted-bugs.ts'

test('each of plantedBugs can be planted: its text is in its file once', () => {
  for (const { name, file, find, replace } of plantedBugs) {
    const source = readFileSync(join(import.meta.dirname, '../../src', file), 'utf8')
    assert.equal(source.split(find).length - 1, 1, `${name}: '${find}' in src/${file}`)
    assert.notEqual(find, replace)
  }
})
