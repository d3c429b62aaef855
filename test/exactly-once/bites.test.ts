import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { edited } from '../support/source-edit.ts'
import { bites } from './bites.ts'

test('each of bites can be planted: its texts are in their files once', () => {
  for (const edit of bites.flatMap(({ edits }) => edits)) {
    const source = readFileSync(join(import.meta.dirname, '../../src', edit.file), 'utf8')
    assert.notEqual(edited(source, edit), source)
  }
})
