/**
 * `npm run size`: how much the SDK adds to a page, bundled for a browser and compressed. Exits with
 * 1 where it is over its limit.
 */

import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { root } from './run.ts'

interface Measured {
  readonly what: string
  /** What a page imports. */
  readonly source: string
  readonly limitBytes: number
}

const KiB = 1024
const entry = JSON.stringify(join(root, 'src/index.ts'))

const measured: readonly Measured[] = [
  {
    what: 'producer and consumer',
    source: `import { Kafka } from ${entry}; globalThis.Kafka = Kafka`,
    // What we aim at is 25.
    limitBytes: 35 * KiB,
  },
  {
    what: 'all of it',
    source: `import * as all from ${entry}; globalThis.all = all`,
    limitBytes: 36 * KiB,
  },
]

interface Sizes {
  /** Bytes that a page loads at once, and later where it needs them, compressed. */
  readonly atOnce: number
  readonly later: number
  readonly minified: number
}

async function sizesOf(source: string): Promise<Sizes> {
  const { outputFiles } = await build({
    stdin: { contents: source, resolveDir: root, loader: 'ts' },
    bundle: true,
    // Parts that are imported when they are needed are files of their own.
    splitting: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    outdir: 'out',
    write: false,
    metafile: true,
  })
  const sizes = outputFiles.map(({ path, contents }) => ({
    isLater: !path.endsWith('stdin.js') && !isNeededAtOnce(path),
    minified: contents.length,
    gzip: gzipSync(contents, { level: 9 }).length,
  }))
  const total = (files: typeof sizes, size: 'gzip' | 'minified'): number =>
    files.reduce((sum, file) => sum + file[size], 0)
  return {
    atOnce: total(
      sizes.filter(({ isLater }) => !isLater),
      'gzip',
    ),
    later: total(
      sizes.filter(({ isLater }) => isLater),
      'gzip',
    ),
    minified: total(sizes, 'minified'),
  }
}

/** Chunks that several files share are loaded with the first of them. */
function isNeededAtOnce(path: string): boolean {
  return /\/chunk-[^/]*\.js$/.test(path)
}

for (const { what, source, limitBytes } of measured) {
  const { atOnce, later, minified } = await sizesOf(source)
  const inKiB = (bytes: number): string => (bytes / KiB).toFixed(1)
  const more = later > 0 ? `, and ${inKiB(later)} KiB when it is used` : ''
  process.stdout.write(
    `${what}: ${inKiB(atOnce)} KiB gzip of ${inKiB(limitBytes)}${more}; ` +
      `${inKiB(minified)} KiB minified\n`,
  )
  if (atOnce > limitBytes) process.exitCode = 1
}
