import assert from 'node:assert/strict'
import { existsSync, linkSync, mkdirSync, mkdtempSync, readFileSync, readdirSync } from 'node:fs'
import { readlinkSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { FileRemoval } from './node-removal.ts'

const largeBytes = 100 * 1024 * 1024

function newFolder(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'removal-'))
  context.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** A large file, with a hole for most of it. */
function createLarge(path: string): void {
  writeFileSync(path, 'large')
  truncateSync(path, largeBytes)
}

/** Returns how many files this process has open that have no name any more. */
function namelessFiles(folder: string): number {
  const links = readdirSync('/proc/self/fd').map((descriptor) => {
    try {
      return readlinkSync(`/proc/self/fd/${descriptor}`)
    } catch {
      return 'closed since it was listed'
    }
  })
  return links.filter((link) => link.startsWith(folder) && link.endsWith('(deleted)')).length
}

test('remove() takes names away at once, and frees the space soon after', async (context) => {
  const folder = newFolder(context)
  const removal = new FileRemoval()
  mkdirSync(join(folder, 'orders-0'))
  for (const name of ['a', 'b']) createLarge(join(folder, 'orders-0', name))
  writeFileSync(join(folder, 'orders-0', 'small'), 'small')
  createLarge(join(folder, 'single'))
  removal.remove(join(folder, 'orders-0'))
  removal.remove(join(folder, 'single'))
  removal.remove(join(folder, 'never there'))
  assert.deepEqual(readdirSync(folder), [])
  await removal.whenIdle()
  if (existsSync('/proc/self/fd')) assert.equal(namelessFiles(folder), 0)
})

test('remove() leaves the bytes of a file that has another name', async (context) => {
  const folder = newFolder(context)
  const removal = new FileRemoval()
  createLarge(join(folder, 'a'))
  linkSync(join(folder, 'a'), join(folder, 'b'))
  removal.remove(join(folder, 'a'))
  await removal.whenIdle()
  assert.equal(statSync(join(folder, 'b')).size, largeBytes)
  assert.equal(readFileSync(join(folder, 'b')).toString('latin1', 0, 5), 'large')
})

test('removeInTurn() has others work between one folder and the next', async (context) => {
  const folder = newFolder(context)
  const removal = new FileRemoval()
  const names = Array.from({ length: 50 }, (_, index) => `wide-${index}`)
  for (const name of names) mkdirSync(join(folder, name))
  let isDone = false
  const removed = Promise.all(names.map((name) => removal.removeInTurn(join(folder, name))))
  void removed.then(() => (isDone = true))
  let turns = 0
  while (!isDone) {
    await new Promise((resolve) => setImmediate(resolve))
    turns++
  }
  assert.deepEqual(readdirSync(folder), [])
  assert.ok(turns >= names.length, `${turns} turns`)
})

test('removeInTurn() leaves what is there when it is stopped', async (context) => {
  const folder = newFolder(context)
  const removal = new FileRemoval()
  mkdirSync(join(folder, 'orders-0'))
  const removed = removal.removeInTurn(join(folder, 'orders-0'))
  removal.stop()
  await removed
  assert.deepEqual(readdirSync(folder), ['orders-0'])
})
