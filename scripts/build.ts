/**
 * `npm run build`: JavaScript and type declarations of src/ into dist/, which is replaced once they
 * are there. What does not compile leaves the last build as it was.
 */

import { chmodSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { root, runTool } from './run.ts'

const folder = join(root, 'node_modules', '.cache', `build-${process.pid}`)
const dist = join(root, 'dist')

mkdirSync(join(folder, '..'), { recursive: true })
process.exitCode = runTool('tsc', '--project', 'tsconfig.build.json', '--outDir', folder)
if (process.exitCode === 0) {
  chmodSync(join(folder, 'cli', 'main.js'), 0o755)
  rmSync(dist, { recursive: true, force: true })
  renameSync(folder, dist)
}
rmSync(folder, { recursive: true, force: true })
