import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { edited } from '../support/source-edit.ts'
import { plantedBugs } from './planted-bugs.ts'

test('each of plantedBugs can be planted: its text is in its file once', () => {
  for (const bug of plantedBugs) {
    const source = readFileSync(join(import.meta.dirname, '../../src', bug.file), 'utf8')
    assert.notEqual(edited(source, bug), source, bug.name)
  }
})
