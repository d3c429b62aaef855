/**
 * What the package has for everybody but pages: its entries, packed into files that they share. Each
 * module takes memory and time of its own, whatever is in it: as 133 of them the SDK took 12 MB more.
 */

import { join } from 'node:path'
import { rolldown } from 'rolldown'
import { collectStatic } from './browser-bundle.ts'
import { root } from './run.ts'

/** Entries in package.json, by where they are in src/ and in the package. */
const entries = [
  'index-node',
  'index-workerd',
  'cli/main',
  'server/index',
  'testing/index',
  'testing/index-web',
  'react/index',
  'opentelemetry/index',
  'nestjs/index',
  'nestjs/microservices',
]

/** Packs the entries into `folder`. They share modules, as errors and their classes. */
export async function packForNode(folder: string): Promise<void> {
  const loads = new Map(entries.map((entry) => [entry, new Set<string>()]))
  /** Whether each of `some` loads the module, so that they may as well load it with others. */
  const isLoadedBy =
    (...some: readonly string[]) =>
    (id: string): boolean =>
      some.every((entry) => loads.get(entry)!.has(id))
  const bundle = await rolldown({
    input: Object.fromEntries(entries.map((entry) => [entry, sourceOf(entry)])),
    platform: 'node',
    // Packages are installed beside ours.
    external: /^[^./]/,
    experimental: { chunkOptimization: false },
    transform: { target: 'es2024' },
    plugins: [...loads].map(([entry, loaded]) => collectStatic(sourceOf(entry), loaded)),
    // It stays: what it is in becomes a file of its own.
    checks: { moduleLevelDirective: false },
  })
  await bundle.write({
    dir: folder,
    entryFileNames: '[name].js',
    // As deep as the source is that looks for package.json from where it is.
    chunkFileNames: 'shared/[name].js',
    codeSplitting: {
      // All of them are for workerd, too; what has to do with Node is none of them.
      groups: [
        { name: 'base', test: isLoadedBy('index-node', 'index-workerd', 'server/index') },
        { name: 'sdk', test: isLoadedBy('index-node', 'index-workerd') },
        { name: 'in-process', test: isLoadedBy('index-node', 'testing/index-web') },
        { name: 'broker', test: isLoadedBy('server/index', 'testing/index-web') },
      ].map((group, index) => ({ ...group, priority: 9 - index })),
    },
  })
  await bundle.close()
}

function sourceOf(entry: string): string {
  return join(root, 'src', `${entry}.ts`)
}
