/** `npm run check`: types, lint, layers, docs and format, all of them even if one fails. */

import { checkPageExamples } from './docs/page-examples.ts'
import { runNode, runTool } from './run.ts'

const checks: readonly [string, () => number][] = [
  ['types', () => runTool('tsc', '--noEmit')],
  ['lint', () => runTool('oxlint', '--deny-warnings')],
  ['what nobody uses', () => runTool('knip', '--no-progress')],
  ['layers and names', () => runNode('scripts/tidy.ts')],
  ['reference', () => runNode('scripts/docs.ts', '--check')],
  ['programs on pages', checkPageExamples],
  ['format', () => runTool('oxfmt', '--check', 'src', 'scripts', 'test', 'bench', 'examples')],
]

const failed = checks.filter(([name, check]) => {
  process.stderr.write(`check: ${name} …\n`)
  return check() !== 0
})
if (failed.length === 0) process.stderr.write('check: all is well\n')
else process.stderr.write(`check: failed: ${failed.map(([name]) => name).join(', ')}\n`)
process.exitCode = failed.length
