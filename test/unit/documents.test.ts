/** What documents name is there: files, headings, scripts, commands, and pages in the list of pages. */

import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { test } from 'node:test'

const root = join(import.meta.dirname, '..', '..')
const paths = globSync(['*.md', 'docs/**/*.md', 'bench/*.md', 'test/**/*.md'], {
  cwd: root,
  exclude: (name) => /node_modules|\.cache/.test(name),
})
const texts = new Map(paths.map((path) => [path, readFileSync(join(root, path), 'utf8')]))
const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  scripts: Record<string, string>
}

/** Returns what follows `#` in a link to `heading`, as GitHub makes it. */
function anchorOf(heading: string): string {
  const text = heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase()
  return text.replaceAll(/[^\p{Letter}\p{Number}\s_-]/gu, '').replaceAll(/\s/g, '-')
}

/** Returns the text without its code, in which nothing is a link. */
function prose(text: string): string {
  return text.replaceAll(/^```[^]*?^```/gm, '').replaceAll(/`[^`\n]*`/g, '`')
}

function anchorsOf(path: string): Set<string> {
  const text = (texts.get(path) ?? '').replaceAll(/^```[^]*?^```/gm, '')
  return new Set([...text.matchAll(/^#+ (.+)$/gm)].map(([, heading]) => anchorOf(heading!)))
}

test('links lead somewhere', () => {
  const broken = [...texts].flatMap(([path, text]) =>
    [...prose(text).matchAll(/\]\((?!\w+:)([^)\s]+)\)/g)].flatMap(([, link]) => {
      const [file = '', anchor] = link!.split('#')
      const target = file === '' ? path : join(dirname(path), file)
      if (!existsSync(join(root, target))) return `${path}: ${link}`
      const isThere = anchor === undefined || anchorsOf(relative('.', target)).has(anchor)
      return isThere ? [] : `${path}: ${link}`
    }),
  )
  assert.deepEqual(broken, [])
})

test('scripts are in package.json', () => {
  const missing = [...texts].flatMap(([path, text]) =>
    [...text.matchAll(/npm run (?:--silent |-s )?([\w:.-]*\w)/g)].flatMap(([, name]) =>
      Object.hasOwn(scripts, name!) ? [] : `${path}: npm run ${name}`,
    ),
  )
  assert.deepEqual(missing, [])
})

test('CONTRIBUTING.md has every script that tests', () => {
  const page = texts.get('CONTRIBUTING.md')!
  const unnamed = Object.keys(scripts).filter(
    (name) => name.startsWith('test:') && !page.includes(name),
  )
  assert.deepEqual(unnamed, [])
})

test('files in the source are where they are said to be', () => {
  const missing = [...texts].flatMap(([path, text]) =>
    [...text.matchAll(/`((?:src|test|scripts|bench|examples|docs)\/[\w./-]*\w)`/g)].flatMap(
      ([, file]) => (existsSync(join(root, file!)) ? [] : `${path}: ${file}`),
    ),
  )
  assert.deepEqual(missing, [])
})

test('ARCHITECTURE.md names files of src/ that are there', () => {
  const text = texts.get('ARCHITECTURE.md')!
  const files = [...text.matchAll(/`((?!(?:src|test|scripts|bench)\/)[a-z]+\/[\w./-]+\.ts)`/g)]
  assert.ok(files.length > 20)
  const missing = files.filter(([, file]) => !existsSync(join(root, 'src', file!)))
  assert.deepEqual(
    missing.map(([, file]) => file),
    [],
  )
})

test('the README has all commands, and no others', () => {
  const main = readFileSync(join(root, 'src', 'cli', 'main.ts'), 'utf8')
  const commands = [...main.matchAll(/^ {2}(\w+): async/gm)].map(([, name]) => name!)
  const readme = texts.get('README.md')!
  const table = readme.slice(readme.indexOf('## On the command line')).split('\n## ')[0]!
  const rows = [...table.matchAll(/^\| (`kafka\.do [^|]*)/gm)].flatMap(([, row]) =>
    [...row!.matchAll(/`kafka\.do (\w+)/g)].map(([, name]) => name!),
  )
  assert.ok(commands.length > 0)
  assert.deepEqual([...new Set(rows)].sort(), commands.sort())
})

test('docs/README.md has every page', () => {
  const list = texts.get('docs/README.md')!
  const pages = paths.filter((path) => /^docs\/[\w-]+\.md$/.test(path) && path !== 'docs/README.md')
  assert.deepEqual(
    pages.filter((path) => !list.includes(`](${path.slice('docs/'.length)})`)),
    [],
  )
})
