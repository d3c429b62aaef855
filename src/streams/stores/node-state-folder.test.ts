import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { seededRandom } from '../../../test/support/random.ts'
import { silentLogger } from '../../runtime/runtime.ts'
import type { StateFolder } from './local-store.ts'
import { openStateFolder } from './node-state-folder.ts'

interface Opened {
  readonly state: StateFolder
  readonly folder: string
  /** Resolves with the names of stores, once one has been removed. */
  readonly afterRemoval: () => Promise<string[]>
}

function open(t: TestContext, folder = mkdtempSync(join(tmpdir(), 'kafka-do-state-'))): Opened {
  let removed = Promise.withResolvers<void>()
  const logger = { ...silentLogger, info: () => removed.resolve() }
  const state = openStateFolder({ folder, application: 'shop', logger, random: seededRandom() })
  t.after(() => {
    state.close()
    rmSync(folder, { recursive: true, force: true })
  })
  const afterRemoval = async (): Promise<string[]> => {
    await removed.promise
    removed = Promise.withResolvers()
    return storesIn(folder)
  }
  return { state, folder, afterRemoval }
}

function storesIn(folder: string): string[] {
  const names = readdirSync(join(folder, 'shop')).filter((name) => name.includes('changelog'))
  return names.toSorted()
}

test('removeUnused() removes what was not open the last time, nor since', async (t) => {
  const { state, folder, afterRemoval } = open(t)
  const gone = state.open('changelog-0')
  const back = state.open('changelog-1')
  state.open('changelog-2')
  gone.close()
  back.close()
  state.removeUnused()
  assert.deepEqual(storesIn(folder), ['changelog-0', 'changelog-1', 'changelog-2'])
  state.open('changelog-1').close()
  state.removeUnused()
  assert.deepEqual(await afterRemoval(), ['changelog-1', 'changelog-2'])
  state.removeUnused()
  assert.deepEqual(await afterRemoval(), ['changelog-2'], 'what is open stays')
})

test('removeUnused() removes what an earlier run has left, and only stores', async (t) => {
  const first = open(t)
  first.state.open('changelog-0')
  first.state.close()
  const { folder } = first
  mkdirSync(join(folder, 'shop', 'changelogs'))
  writeFileSync(join(folder, 'shop', 'notes'), 'mine')
  const { state, afterRemoval } = open(t, folder)
  state.removeUnused()
  state.removeUnused()
  assert.deepEqual(await afterRemoval(), ['changelogs'])
  assert.ok(readdirSync(join(folder, 'shop')).includes('notes'))
})

test('removeUnused() ends the removal that a crash has cut short', async (t) => {
  const { state, folder, afterRemoval } = open(t)
  state.open('changelog-0')
  mkdirSync(join(folder, 'shop', 'changelog-0~removed'))
  state.removeUnused()
  assert.deepEqual(await afterRemoval(), ['changelog-0'])
})

test('a store that was removed is empty when its task comes back', async (t) => {
  const { state, afterRemoval } = open(t)
  const checkpoint = { topicId: 'a', offset: 1, savedAtMs: 0 }
  const store = state.open('changelog-0')
  store.apply([['key', 'value']], checkpoint)
  store.close()
  state.removeUnused()
  state.removeUnused()
  const again = state.open('changelog-0')
  assert.equal(again.checkpoint, undefined)
  again.apply([['key', 'new']], checkpoint)
  await afterRemoval()
  assert.equal(again.get('key'), 'new')
})
