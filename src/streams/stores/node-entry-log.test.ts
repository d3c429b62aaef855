import assert from 'node:assert/strict'
import { appendFileSync, cpSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { seededRandom } from '../../../test/support/random.ts'
import type { Checkpoint } from './local-store.ts'
import { EntryLog, type EntryLogOptions } from './node-entry-log.ts'

const folders = mkdtempSync(join(tmpdir(), 'kafka-do-entry-log-'))
after(() => rmSync(folders, { recursive: true }))
let folderCount = 0
const newFolder = (): string => join(folders, String(++folderCount))
const secret = [0x12345678, 0x9abcdef0] as const
const at = (offset: number): Checkpoint => ({
  topicId: 'p4mQ0c3fSnmM1x1z2Yw3-A',
  offset,
  savedAtMs: 17,
})

function opened(folder: string, options: Partial<EntryLogOptions> = {}) {
  const damages: string[] = []
  const onDamage = (reason: string): void => void damages.push(reason)
  return { damages, log: new EntryLog({ folder, secret, onDamage, ...options }) }
}

function contents(log: EntryLog): Record<string, string> {
  const found: Record<string, string> = {}
  log.forEach((key, value) => {
    assert.equal(found[key], undefined, `${key} comes twice`)
    found[key] = value
  })
  return found
}

const filesOf = (folder: string): string[] => readdirSync(folder).toSorted()

test('an EntryLog that is opened again has what was applied, and its checkpoint', () => {
  const folder = newFolder()
  const { log } = opened(folder)
  assert.equal(log.checkpoint, undefined)
  log.apply(
    [
      ['a', '1'],
      ['b', '2'],
      ['ü', '"ä€😀"'],
    ],
    at(10),
  )
  log.apply(
    [
      ['a', null],
      ['b', '3'],
      ['', ''],
    ],
    at(12),
  )
  log.close()
  const again = opened(folder)
  assert.deepEqual(again.damages, [])
  assert.deepEqual(again.log.checkpoint, at(12))
  assert.deepEqual(contents(again.log), { b: '3', ü: '"ä€😀"', '': '' })
  assert.equal(again.log.get('a'), undefined)
  assert.equal(again.log.get('ü'), '"ä€😀"')
  assert.equal(again.log.size, 3)
  again.log.close()
})

test('an EntryLog does what a Map does, is opened now and then, and stays small', async () => {
  const random = seededRandom(3)
  const folder = newFolder()
  const expected = new Map<string, string>()
  const options = { fileBytesMax: 20_000, indexedFromBytes: 30_000 }
  let { log } = opened(folder, options)
  for (let step = 1; step <= 400; step++) {
    const entries = Array.from({ length: random.below(60) }, () => {
      const key = `key-${random.below(300)}`
      const value = random.below(4) === 0 ? null : `${step}-${'x'.repeat(random.below(200))}`
      if (value === null) expected.delete(key)
      else expected.set(key, value)
      return [key, value] as const
    })
    log.apply(entries, at(step))
    const key = `key-${random.below(300)}`
    assert.equal(log.get(key), expected.get(key))
    if (random.below(20) > 0) continue
    await log.whenIdle()
    log.close()
    const again = opened(folder, options)
    assert.deepEqual(again.damages, [])
    log = again.log
    assert.deepEqual(log.checkpoint, at(step))
    assert.deepEqual(new Map(Object.entries(contents(log))), expected)
  }
  await log.whenIdle()
  const bytes = filesOf(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0)
  assert.ok(bytes < 400_000, `${bytes} bytes for ${expected.size} entries`)
  log.close()
})

test('an EntryLog whose process ended anywhere has all before that, and goes on', () => {
  const folder = newFolder()
  const { log } = opened(folder)
  const states: Record<string, string>[] = [{}]
  const ends: number[] = [16]
  const file = join(folder, 'entries-00000001.log')
  for (let step = 1; step <= 3; step++) {
    log.apply(
      [
        [`k${step % 3}`, `v${step}`],
        ['gone', step % 2 ? 'there' : null],
      ],
      at(step),
    )
    states.push(contents(log))
    ends.push(statSync(file).size)
  }
  log.close()
  for (let length = 0; length <= ends.at(-1)!; length += 5) {
    const cut = newFolder()
    cpSync(folder, cut, { recursive: true })
    truncateSync(join(cut, 'entries-00000001.log'), length)
    const { log, damages } = opened(cut)
    assert.deepEqual(damages, [])
    const whole = ends.findLastIndex((end) => end <= length)
    assert.deepEqual(contents(log), whole < 0 ? {} : states[whole])
    assert.equal(log.checkpoint?.offset, whole <= 0 ? undefined : whole)
    log.apply([['next', '1']], at(100))
    log.close()
    const again = opened(cut).log
    assert.equal(again.get('next'), '1')
    again.close()
    rmSync(cut, { recursive: true })
  }
})

test('an EntryLog that misses something in the middle is empty, and says why', () => {
  const folder = newFolder()
  const { log } = opened(folder, { fileBytesMax: 100 })
  for (let step = 1; step <= 4; step++) log.apply([[`k${step}`, 'x'.repeat(100)]], at(step))
  log.close()
  assert.equal(filesOf(folder).length, 4)
  const damage = (change: (paths: string[]) => void): string[] => {
    const damaged = newFolder()
    cpSync(folder, damaged, { recursive: true })
    change(filesOf(damaged).map((name) => join(damaged, name)))
    const { log, damages } = opened(damaged)
    assert.equal(log.size, 0)
    assert.equal(log.checkpoint, undefined)
    log.apply([['a', '1']], at(1))
    log.close()
    const again = opened(damaged)
    assert.deepEqual(again.damages, [])
    assert.deepEqual(contents(again.log), { a: '1' })
    again.log.close()
    return damages
  }
  assert.match(damage(([, second]) => rmSync(second!))[0]!, /does not follow/)
  assert.match(damage(([, second]) => truncateSync(second!, 100))[0]!, /not whole/)
  assert.match(damage(([first]) => appendFileSync(first!, 'x'))[0]!, /not whole/)
  const flipped = damage(([first]) => {
    const bytes = readFileSync(first!)
    bytes[90]! ^= 1
    writeFileSync(first!, bytes)
  })
  assert.match(flipped[0]!, /not whole/)
  assert.match(damage(([first]) => writeFileSync(first!, 'x'.repeat(100)))[0]!, /begin/)
})

test('frames of an EntryLog are ended at a mebibyte, and read again', () => {
  const folder = newFolder()
  const { log } = opened(folder)
  const value = 'y'.repeat(300_000)
  log.apply(
    Array.from({ length: 10 }, (_, index) => [`k${index}`, value] as const),
    at(1),
  )
  assert.equal(log.get('k7'), value)
  log.close()
  const again = opened(folder).log
  assert.equal(again.size, 10)
  assert.equal(again.get('k9'), value)
  again.clear()
  assert.equal(again.size, 0)
  assert.deepEqual(filesOf(folder), [])
  again.close()
})

test('an EntryLog is opened with the index that was saved, and what came after it', async () => {
  const folder = newFolder()
  const options = { fileBytesMax: 1000, indexedFromBytes: 0 }
  const { log } = opened(folder, options)
  for (let step = 0; step < 50; step++) log.apply([[`k${step}`, 'x'.repeat(50)]], at(step))
  log.close()
  const crashed = opened(folder, options).log
  crashed.apply(
    [
      ['k7', null],
      ['k8', 'new'],
      ['more', '1'],
    ],
    at(50),
  )
  await crashed.whenIdle()
  const copy = newFolder()
  cpSync(folder, copy, { recursive: true })
  // What it tells of is not looked at again: a byte that is wrong there is not seen.
  const first = join(copy, 'entries-00000001.log')
  const bytes = readFileSync(first)
  bytes[20]! ^= 1
  writeFileSync(first, bytes)
  const again = opened(copy, options)
  assert.deepEqual(again.damages, [])
  assert.equal(again.log.size, 50)
  assert.equal(again.log.get('k7'), undefined)
  assert.equal(again.log.get('k8'), 'new')
  assert.equal(again.log.get('k1'), 'x'.repeat(50))
  assert.deepEqual(again.log.checkpoint, at(50))
  again.log.close()
  const index = readFileSync(join(copy, 'index'))
  index[200]! ^= 1
  writeFileSync(join(copy, 'index'), index)
  assert.match(opened(copy, options).damages[0]!, /not whole/, 'an index that is not whole is none')
  crashed.close()
})

test('an EntryLog whose file is cut while it is open gives no wrong answer', () => {
  const folder = newFolder()
  const { log } = opened(folder)
  log.apply(
    [
      ['a', '1'],
      ['b', '2'],
    ],
    at(1),
  )
  truncateSync(join(folder, 'entries-00000001.log'), 20)
  assert.throws(() => log.get('a'), { code: 'local_store', retriable: true })
  assert.throws(() => log.get('c'), { code: 'local_store' }, 'not even that there is nothing')
  log.close()
  const again = opened(folder).log
  assert.deepEqual(contents(again), {})
  assert.equal(again.checkpoint, undefined)
  again.close()
})
