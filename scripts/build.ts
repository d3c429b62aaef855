/**
 * `npm run build`: the package into dist/, which is replaced once all is there: what does not compile
 * leaves it as it was.
 */

import { mkdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { buildPackage } from './build-package.ts'
import { root } from './run.ts'

const folder = join(root, 'node_modules', '.cache', `build-${process.pid}`)
const dist = join(root, 'dist')

mkdirSync(join(folder, '..'), { recursive: true })
if (await buildPackage(folder)) {
  rmSync(dist, { recursive: true, force: true })
  renameSync(folder, dist)
} else process.exitCode = 1
rmSync(folder, { recursive: true, force: true })
