/**
 * `npm run docs`: writes `docs/reference` from the comments of what the package exports, and
 * `docs/examples.md`. With `--check` it writes nothing, and fails where that would change a file, or
 * where something public has no comment, or is made of types that cannot be imported. Part of `npm run check`.
 */

import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { renderExamples } from './docs/examples-page.ts'
import { entryPoints } from './docs/pages.ts'
import { PublicApi } from './docs/public-api.ts'
import { renderReference } from './docs/render.ts'
import { root } from './run.ts'

const isCheck = process.argv.includes('--check')
const api = new PublicApi(root, entryPoints)
const { declarations } = api
const folder = join('docs', 'reference')
const wanted = new Map(
  [...renderReference(declarations)].map(([name, text]) => [join(folder, name), text] as const),
)
wanted.set(join('docs', 'examples.md'), renderExamples())

process.chdir(root)
mkdirSync(folder, { recursive: true })
const there = readdirSync(folder).map((name) => join(folder, name))
const obsolete = there.filter((path) => !wanted.has(path))
const changed = [...wanted].filter(
  ([path, text]) => !existsSync(path) || readFileSync(path, 'utf8') !== text,
)
if (!isCheck) {
  for (const [path, text] of changed) writeFileSync(path, text)
  for (const path of obsolete) rmSync(path)
}
const stale = isCheck ? [...changed.map(([path]) => path), ...obsolete] : []
const problems = [
  ...api.problems(),
  ...stale.map((path) => `${path} is not what 'npm run docs' writes`),
]
for (const problem of problems) process.stderr.write(`${problem}\n`)
process.stdout.write(`docs: ${declarations.length} exports, ${problems.length} problems\n`)
process.exitCode = problems.length === 0 ? 0 : 1
