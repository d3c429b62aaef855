/** `npm run build`: JavaScript and type declarations of src/ into dist/. */

import { chmodSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { root, runTool } from './run.ts'

rmSync(join(root, 'dist'), { recursive: true, force: true })
process.exitCode = runTool('tsc', '--project', 'tsconfig.build.json')
if (process.exitCode === 0) chmodSync(join(root, 'dist', 'cli', 'main.js'), 0o755)
