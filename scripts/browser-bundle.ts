/**
 * What the package has for pages: the entries for browsers, packed, so that all that a page loads at
 * first is one module. Bundlers would find seventy there otherwise that are shared with what is
 * loaded later, and may cut them into a dozen files: 4 KiB more, gzip, than one of them takes.
 */

import { dirname, join } from 'node:path'
import { rolldown, type Plugin } from 'rolldown'
import { root } from './run.ts'

/** By name: the entries in package.json for whatever is neither Node, Bun, Deno nor workerd. */
const entries = {
  index: 'src/index.ts',
  streams: 'src/index-streams.ts',
  react: 'src/react/index.ts',
  opentelemetry: 'src/opentelemetry/index.ts',
  testing: 'src/testing/index-web.ts',
}

/**
 * The folders of what a page loads at first, in the order in which it is in its file: that of the
 * layers. What is alike is close together then, which is worth 0.3 KiB of gzip.
 */
const folders = [
  'bytes',
  'runtime',
  'record',
  'protocol',
  'connection',
  'client/failure',
  'client/settings',
  'client/record',
  'client/cluster',
  'client/producer',
  'client/consumer',
  'client/admin',
]

/** What groups and transactions load together, whichever comes first. */
const coordinated =
  /src\/(client\/\w+\/(group-errors|coordinator-lookup|group-offsets|offset-committer)|bytes\/random-uuid)\.ts$/

/** Packs the entries for browsers into `folder`. They share modules, as errors and their classes. */
export async function packForBrowsers(folder: string): Promise<void> {
  const entry = join(root, entries.index)
  const core = await staticImports(entry)
  const bundle = await rolldown({
    input: Object.fromEntries(
      Object.entries(entries).map(([name, path]) => [name, join(root, path)]),
    ),
    platform: 'browser',
    external: ['react', '@opentelemetry/api'],
    experimental: { chunkOptimization: false },
    transform: { target: 'es2024' },
    plugins: [inOrder(entry, core)],
    // It stays: what it is in becomes a file of its own.
    checks: { moduleLevelDirective: false },
  })
  await bundle.write({
    dir: folder,
    entryFileNames: '[name].js',
    chunkFileNames: '[name].js',
    codeSplitting: {
      groups: [
        { name: 'core', test: (id) => core.has(id), priority: 1 },
        { name: 'coordinated', test: coordinated },
      ],
    },
  })
  await bundle.close()
}

async function staticImports(entry: string): Promise<ReadonlySet<string>> {
  const found = new Set<string>()
  const plugins = [collectStatic(entry, found)]
  const bundle = await rolldown({ input: entry, platform: 'browser', plugins })
  await bundle.generate()
  await bundle.close()
  return found
}

/** Collects the modules that are loaded with `entry`, without what it imports later. */
export function collectStatic(entry: string, collected: Set<string>): Plugin {
  return {
    name: 'collect-static',
    buildEnd() {
      const pending = [entry]
      for (const id of pending) {
        if (collected.has(id)) continue
        collected.add(id)
        pending.push(...(this.getModuleInfo(id)?.importedIds ?? []))
      }
    },
  }
}

/** Has `entry` import `modules` first, in the order of `folders`. None of them does anything then. */
function inOrder(entry: string, modules: ReadonlySet<string>): Plugin {
  const placeOf = (id: string): number =>
    folders.findIndex((folder) => dirname(id) === join(root, 'src', folder))
  const ordered = [...modules]
    .filter((id) => placeOf(id) >= 0)
    .sort((a, b) => placeOf(a) - placeOf(b) || (a < b ? -1 : 1))
  const imports = ordered.map((id) => `import ${JSON.stringify(id)}\n`).join('')
  return {
    name: 'in-order',
    transform: (code, id) => (id === entry ? imports + code : undefined),
  }
}
