/**
 * The programs in `clients` as JavaScript, beside our package as npm would install it: no contestant
 * reads TypeScript while it is measured, which takes 35 MB of memory and half a second.
 */

import { copyFileSync, globSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build, type Plugin } from 'esbuild'
import { packForNode } from '../scripts/node-bundle.ts'
import { root } from '../scripts/run.ts'

const clients = join(import.meta.dirname, 'clients')

/** Has a program import what users import, where it imports our sources. */
const ownPackage: Plugin = {
  name: 'own-package',
  setup(bundling) {
    const filter = /\/src\/index-node\.ts$/
    bundling.onResolve({ filter }, () => ({ path: 'kafka.do', external: true }))
  },
}

/** Returns the folder in which each program is `<name>.js`; it goes when this process ends. */
export async function buildClientPrograms(progress: (message: string) => void): Promise<string> {
  progress('building')
  // In here, since packages are looked for in the folders above a program.
  const folder = join(import.meta.dirname, '.cache', `clients-${process.pid}`)
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  const installed = join(folder, 'node_modules', 'kafka.do')
  mkdirSync(installed, { recursive: true })
  copyFileSync(join(root, 'package.json'), join(installed, 'package.json'))
  // Else the programs were a part of our package, which would find itself before what is installed.
  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }')
  await packForNode(join(installed, 'dist'))
  await build({
    entryPoints: globSync('*.ts', { cwd: clients }).map((file) => join(clients, file)),
    outdir: folder,
    bundle: true,
    packages: 'external',
    plugins: [ownPackage],
    platform: 'node',
    format: 'esm',
    // The Node that npm runs in may be as old, and it runs one of them (see `node-rdkafka.ts`).
    target: 'node20',
  })
  return folder
}
