/**
 * Checks what the compiler and the linter do not: which folder may import which, how files are
 * named and how large they may grow, and which calls are kept to one place. Part of `npm run check`.
 */

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'

/** The rooms of src/client: each may import itself and those before it, and only kafka.ts all. */
const clientRooms = [
  'failure',
  'settings',
  'record',
  'cluster',
  'producer',
  'group',
  'consumer',
  'transaction',
  'admin',
]

const linesMax = 400
const columnsMax = 100

/** Where real time is what is meant: the platform's clock, and what people see on a terminal. */
const systemTime = /system-runtime|\/cli\/|\/server\/logger/

const isNodeFile = /\/(node-[^/]*|server\/.*|cli\/.*)$/

/** Text that is banned, what to use instead, and the files that may have it all the same. */
const bans: readonly { text: RegExp; instead: string; except?: RegExp }[] = [
  { text: /\bDate\.now\(|\bnew Date\(\)/, instead: 'the injected clock', except: systemTime },
  { text: /\bMath\.random\(/, instead: 'the injected random source', except: /system-runtime/ },
  { text: /(?<!\.)\bset(Timeout|Interval)\(/, instead: 'the injected clock', except: systemTime },
  { text: /from 'node:/, instead: 'an interface', except: isNodeFile },
  { text: /\bconsole\./, instead: 'the injected logger' },
  { text: /\b(FIXME|TODO|XXX|HACK)\b/, instead: 'a fix, before this lands' },
]

const vagueName = /\/(utils?|helpers?|common|misc|shared|lib|types)\.ts$/

const problems: string[] = []
/** What each folder of src/ may import, besides itself. */
const mayImport = new Map<string, readonly string[]>()
const importsOf = new Map<string, readonly string[]>()

/** Reads the table of layers in ARCHITECTURE.md. */
function readLayers(): void {
  const text = readFileSync('ARCHITECTURE.md', 'utf8')
  for (const [, folder, cell] of text.matchAll(/^\| `(\w+)` \| ([^|]+) \|/gm)) {
    const layers = cell === 'all of the above' ? [...mayImport.keys()] : cell!.split(', ')
    mayImport.set(folder!, cell === '–' ? [] : layers)
  }
  for (const [folder, layers] of mayImport) {
    const unknown = layers.filter((layer) => !mayImport.has(layer))
    if (unknown.length > 0)
      problems.push(`ARCHITECTURE.md: ${folder} may import ${unknown.join()}?`)
  }
}

function checkText(file: string, source: string): void {
  const lines = source.split('\n')
  if (lines.length > linesMax) problems.push(`${file}: ${lines.length} lines, over ${linesMax}`)
  lines.forEach((line, index) => {
    if (line.length > columnsMax) problems.push(`${file}:${index + 1}: over ${columnsMax} columns`)
  })
  if (file.endsWith('.test.ts')) return

  if (!/^(#!.*\n)?\/\*\*/.test(source)) {
    problems.push(`${file}: does not start by saying what it is`)
  }
  // Examples in doc comments may use what product code may not.
  const code = source.replace(/\/\*\*[^]*?\*\//g, '')
  for (const { text, instead, except } of bans) {
    if (text.test(code) && !except?.test(file)) {
      problems.push(`${file}: ${text} is banned, use ${instead}`)
    }
  }
}

/** Files that a text names in backticks, as comments do, have such an end of their path. */
function checkNamedFiles(file: string, source: string, files: ReadonlySet<string>): void {
  for (const [, name] of source.matchAll(/`([\w./-]+\.ts)`/g)) {
    if (existsSync(name!) || [...files].some((path) => path.endsWith(`/${name}`))) continue
    problems.push(`${file}: there is no ${name}`)
  }
}

function checkName(file: string, files: ReadonlySet<string>): void {
  if (vagueName.test(file)) problems.push(`${file}: the name does not say what is in it`)
  if (!/^[a-z0-9./-]+$/.test(file)) problems.push(`${file}: the name is not kebab-case`)
  if (file.endsWith('.test.ts') && !files.has(file.replace('.test.ts', '.ts'))) {
    problems.push(`${file}: there is no file of that name to test`)
  }
}

/** Checks imports of types too: a type from a layer above ties the two as much as a value does. */
function checkImports(file: string, source: string): void {
  const from = folderOf(file)
  if (file.endsWith('.test.ts') || from === undefined) return
  const allowed = mayImport.get(from)
  if (!allowed) return void problems.push(`${file}: ${from} is not in the table of layers`)
  for (const [, path] of source.matchAll(/(?:\bfrom|\bimport\(|\bimport) ?'(\.[^']+)'/g)) {
    const to = folderOf(normalize(join(dirname(file), path!)))
    if (to !== undefined && to !== from && !allowed.includes(to)) {
      problems.push(`${file}: ${from} may not import ${to}`)
    }
    checkRoom(file, normalize(join(dirname(file), path!)))
  }
}

function checkRoom(file: string, target: string): void {
  const [from, to] = [file, target].map(clientRoomOf)
  if (from === undefined || to === undefined) return
  if (clientRooms.indexOf(to) > clientRooms.indexOf(from)) {
    problems.push(`${file}: client/${from} may not import client/${to}`)
  }
}

/** Returns the room of src/client that `file` is in, if it is in one. */
function clientRoomOf(file: string): string | undefined {
  return /^src\/client\/([^/]+)\//.exec(file)?.[1]
}

/** Adds the imports of a file, types included, to the graph that cycles are looked for in. */
function noteImports(file: string, source: string): void {
  const targets = [...source.matchAll(/(?:\bfrom|\bimport\(|\bimport) ?'(\.[^']+)'/g)]
  importsOf.set(
    file,
    targets.map(([, path]) => normalize(join(dirname(file), path!))),
  )
}

/** Names each cycle once, from its first file in the order of names. */
function checkCycles(): void {
  const state = new Map<string, 'open' | 'done'>()
  const path: string[] = []
  const visit = (file: string): void => {
    if (state.get(file) === 'done') return
    if (state.get(file) === 'open') {
      const cycle = path.slice(path.indexOf(file))
      return void problems.push(`${file}: import cycle ${[...cycle, file].join(' -> ')}`)
    }
    state.set(file, 'open')
    path.push(file)
    for (const target of importsOf.get(file) ?? []) visit(target)
    path.pop()
    state.set(file, 'done')
  }
  for (const file of [...importsOf.keys()].sort()) visit(file)
}

/** Returns the folder of src/ that `file` is in, or `undefined` where it is directly in src/. */
function folderOf(file: string): string | undefined {
  const [, folder, ...rest] = file.split('/')
  return rest.length > 0 ? folder : undefined
}

process.chdir(join(import.meta.dirname, '..'))
readLayers()
const files = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts'))
  .map((path) => join('src', path))
const names = new Set(files)
for (const file of files) {
  const source = readFileSync(file, 'utf8')
  checkText(file, source)
  checkName(file, names)
  checkNamedFiles(file, source, names)
  checkImports(file, source)
  if (!file.endsWith('.test.ts')) noteImports(file, source)
}
checkCycles()
for (const problem of problems.sort()) process.stderr.write(`${problem}\n`)
process.stdout.write(`tidy: ${files.length} files, ${problems.length} problems\n`)
process.exitCode = problems.length === 0 ? 0 : 1
