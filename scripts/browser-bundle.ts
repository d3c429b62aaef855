/**
 * What the package has for pages: the entries for browsers, packed, so that all that a page loads at
 * first is one module. Bundlers would find seventy there otherwise that are shared with what is
 * loaded later, and may cut them into a dozen files: 4 KiB more, gzip, than one of them takes.
 */

import { join } from 'node:path'
import { rolldown, type Plugin } from 'rolldown'
import { root } from './run.ts'

/** By name: the entries in package.json for whatever is neither Node, Bun, Deno nor workerd. */
const entries = {
  index: 'src/index.ts',
  streams: 'src/index-streams.ts',
  react: 'src/react/index.ts',
  testing: 'src/testing/index-web.ts',
}

/** What groups and transactions load together, whichever comes first. */
const coordinated =
  /src\/client\/\w+\/(group-errors|coordinator-lookup|group-offsets|offset-committer)\.ts$/

/** Packs the entries for browsers into `folder`. They share modules, as errors and their classes. */
export async function packForBrowsers(folder: string): Promise<void> {
  const core = new Set<string>()
  const bundle = await rolldown({
    input: Object.fromEntries(
      Object.entries(entries).map(([name, path]) => [name, join(root, path)]),
    ),
    platform: 'browser',
    external: ['react'],
    experimental: { chunkOptimization: false },
    transform: { target: 'es2024' },
    plugins: [collectStatic(join(root, entries.index), core)],
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
