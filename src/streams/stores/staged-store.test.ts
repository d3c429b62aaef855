import assert from 'node:assert/strict'
import { test } from 'node:test'
import { keyText } from './entry-text.ts'
import { KeyValueStore } from './key-value-store.ts'
import type { Checkpoint, LocalStore } from './local-store.ts'
import { StagedStore } from './staged-store.ts'

const at = (offset: number): Checkpoint => ({ topicId: 'topic', offset, savedAtMs: 0 })

function storeOf(entries: Map<string, string>): LocalStore & { looked: number } {
  return {
    looked: 0,
    checkpoint: undefined,
    get size() {
      return entries.size
    },
    get(key) {
      this.looked++
      return entries.get(key)
    },
    forEach: (visit) => entries.forEach((value, key) => visit(key, value)),
    apply(changes) {
      for (const [key, value] of changes) {
        if (value === null) entries.delete(key)
        else entries.set(key, value)
      }
    },
    clear: () => entries.clear(),
    close: () => {},
  }
}

test('a StagedStore shows what is staged, and puts it into the store once it is committed', () => {
  const entries = new Map([['a', '1']])
  const staged = new StagedStore(storeOf(entries))
  staged.stage('a', null)
  staged.stage('b', '2')
  const first = staged.seal()
  assert.equal(staged.get('a'), undefined)
  assert.equal(staged.get('b'), '2')
  assert.deepEqual([...entries], [['a', '1']])
  staged.stage('b', '3')
  const second = staged.seal()
  staged.keep(first, at(1))
  assert.deepEqual([...entries], [['b', '2']])
  assert.equal(staged.get('b'), '3', 'what was staged later is newer')
  staged.keep(second, at(2))
  assert.deepEqual([...entries], [['b', '3']])
  assert.equal(staged.get('b'), '3')
})

test('a StagedStore that is closed takes nothing: its partition may be with others', () => {
  const entries = new Map<string, string>()
  const staged = new StagedStore(storeOf(entries))
  staged.stage('a', '1')
  const sealed = staged.seal()
  staged.close()
  staged.keep(sealed, at(1))
  assert.equal(entries.size, 0)
})

test('a KeyValueStore looks up what it has not in memory, and keeps few rows there', () => {
  const store = storeOf(new Map())
  const staged = new StagedStore(store)
  const rows = new KeyValueStore({ cachedMax: 10 })
  rows.readFrom(staged.sourceOf('node'))
  const commit = (): void => {
    rows.drain((key, value) => {
      staged.stage(keyText('node', key), value === undefined ? null : JSON.stringify(value))
    })
    staged.keep(staged.seal(), at(1))
  }
  for (let number = 0; number < 100; number++) rows.put(`k${number}`, number, 1)
  commit()
  store.looked = 0
  for (let number = 0; number < 100; number++) assert.equal(rows.get(`k${number}`)?.value, number)
  assert.ok(store.looked >= 90, 'most are not in memory')
  rows.delete('k5')
  assert.equal(rows.get('k5'), undefined, 'the store still has it')
  rows.delete('k6')
  rows.put('k6', 'anew', 2)
  commit()
  assert.equal(rows.get('k5'), undefined)
  assert.equal(rows.get('k6')?.value, 'anew')
  const found = new Map<unknown, unknown>()
  rows.put('k7', 'changed', 3)
  rows.delete('k8')
  rows.forEach(({ key, value }) => found.set(key, value))
  assert.equal(found.size, 98)
  assert.equal(found.get('k7'), 'changed')
})

test('keys that are equal are found whatever the order of their properties', () => {
  assert.equal(keyText('n', [{ a: 1, b: 2 }]), keyText('n', [{ b: 2, a: 1 }]))
  assert.equal(keyText('n', ['x', 1]), '["n",["x",1]]')
})
