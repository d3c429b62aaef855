/**
 * `npm run build`: the package into dist/, which is replaced once all is there: what does not compile
 * leaves it as it was. With `--if-stale`, as before `npm start`, only where a source is newer than
 * it, so that programs in a clone can import the package; what does not compile then stops nobody.
 */

import { mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { buildPackage } from './build-package.ts'
import { root } from './run.ts'

const folder = join(root, 'node_modules', '.cache', `build-${process.pid}`)
const dist = join(root, 'dist')
const isOptional = process.argv.includes('--if-stale')

/** Whether dist/ is missing, or older than what it is made from. */
function isStale(): boolean {
  const changedMs = (path: string): number =>
    statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0
  const builtMs = changedMs(join(dist, 'index-node.js'))
  const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
  return sources.some((name) => changedMs(join(root, 'src', name)) > builtMs)
}

async function build(): Promise<void> {
  mkdirSync(join(folder, '..'), { recursive: true })
  if (await buildPackage(folder)) {
    rmSync(dist, { recursive: true, force: true })
    renameSync(folder, dist)
  } else if (!isOptional) process.exitCode = 1
  rmSync(folder, { recursive: true, force: true })
}

if (!isOptional) await build()
else if (isStale()) {
  process.stderr.write('kafka.do: building the package …\n')
  await build()
}
