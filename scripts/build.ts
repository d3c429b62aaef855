/**
 * `npm run build`: JavaScript and type declarations of src/ into dist/, and into dist/browser what
 * pages load, packed. dist/ is replaced once all is there: what does not compile leaves it as it was.
 */

import { chmodSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { packForBrowsers } from './browser-bundle.ts'
import { root, runTool } from './run.ts'

const folder = join(root, 'node_modules', '.cache', `build-${process.pid}`)
const dist = join(root, 'dist')

mkdirSync(join(folder, '..'), { recursive: true })
process.exitCode = runTool('tsc', '--project', 'tsconfig.build.json', '--outDir', folder)
if (process.exitCode === 0) {
  chmodSync(join(folder, 'cli', 'main.js'), 0o755)
  await packForBrowsers(join(folder, 'browser'))
  rmSync(dist, { recursive: true, force: true })
  renameSync(folder, dist)
}
rmSync(folder, { recursive: true, force: true })
