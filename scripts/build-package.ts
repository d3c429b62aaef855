/** What the package has in dist/: types of all sources, and the entries, packed. */

import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import { packForBrowsers } from './browser-bundle.ts'
import { packForNode } from './node-bundle.ts'
import { runTool } from './run.ts'

/** Fills `folder`. Returns whether the sources compile; it is not complete where they do not. */
export async function buildPackage(folder: string): Promise<boolean> {
  const declarations = ['--emitDeclarationOnly', '--outDir', folder]
  if (runTool('tsc', '--project', 'tsconfig.build.json', ...declarations) !== 0) return false
  await packForNode(folder)
  chmodSync(join(folder, 'cli', 'main.js'), 0o755)
  await packForBrowsers(join(folder, 'browser'))
  return true
}
