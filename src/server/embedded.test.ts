import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { test } from 'node:test'
import { openEmbedded } from './embedded.ts'

test('openEmbedded() keeps its data in the folder that the URL names', async (t) => {
  const root = mkdtempSync(join(tmpdir(), 'kafka-do-'))
  t.after(() => rmSync(root, { recursive: true }))
  const urls = {
    absolute: `file://${root}/absolute`,
    short: `file:${root}/short`,
    relative: `file:${relative('.', root)}/relative`,
    'with space': `file:${root}/with%20space`,
    '100%': `file:${root}/100%`,
  }
  for (const [name, url] of Object.entries(urls)) {
    await (await openEmbedded(url)).close()
    assert.equal(existsSync(join(root, name)), true, url)
  }
})

test('openEmbedded() refuses a URL that names a host, which looks like a folder', async () => {
  for (const url of ['file://./data', 'file://data', 'file:', 'file://']) {
    await assert.rejects(openEmbedded(url), { code: 'invalid_option', option: 'url' }, url)
  }
})
