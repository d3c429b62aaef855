/**
 * `npm run size`: how much the SDK adds to a page, bundled for a browser and compressed. Exits with
 * 1 where it is over its limit.
 *
 * It is measured as Rollup, Vite and webpack pack it: what a page needs that produces and consumes
 * is one file, to which parts are added that it loads when they are used.
 */

import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build, type Plugin } from 'esbuild'
import { root } from './run.ts'

interface Measured {
  readonly what: string
  /** What a page imports. */
  readonly source: string
  /** Parts that it loads when they are used, and uses. */
  readonly uses?: RegExp
  readonly limitBytes: number
}

const KiB = 1024
const entry = JSON.stringify(join(root, 'src/index.ts'))

const client = `import { Kafka } from ${entry}; globalThis.Kafka = Kafka`
const measured: readonly Measured[] = [
  // What we aim at is 25.
  { what: 'producer and consumer', source: client, limitBytes: 32.4 * KiB },
  {
    what: 'producer and consumer in a group',
    source: client,
    uses: /consumer-group/,
    limitBytes: 35.8 * KiB,
  },
  {
    what: 'all that is exported',
    source: `import * as all from ${entry}; globalThis.all = all`,
    limitBytes: 32.8 * KiB,
  },
]

/** Leaves out what is imported only when it is used, and is not among what the page `uses`. */
function leaveOutLater(uses?: RegExp): Plugin {
  return {
    name: 'leave-out-later',
    setup(bundle) {
      bundle.onResolve({ filter: /^\./ }, ({ kind, path }) =>
        kind === 'dynamic-import' && !uses?.test(path) ? { path, external: true } : undefined,
      )
    },
  }
}

interface Size {
  readonly minified: number
  readonly gzip: number
}

/** Returns the size of `source` and all that it needs, as one file. */
async function sizeOf(source: string, plugins: Plugin[] = []): Promise<Size> {
  const { outputFiles } = await build({
    stdin: { contents: source, resolveDir: root, loader: 'ts' },
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    write: false,
    plugins,
  })
  const [file] = outputFiles
  return { minified: file!.contents.length, gzip: gzipSync(file!.contents, { level: 9 }).length }
}

for (const { what, source, uses, limitBytes } of measured) {
  const atOnce = await sizeOf(source, [leaveOutLater(uses)])
  const all = await sizeOf(source)
  const inKiB = (bytes: number): string => (bytes / KiB).toFixed(1)
  process.stdout.write(
    `${what}: ${inKiB(atOnce.gzip)} KiB gzip of ${inKiB(limitBytes)}, ` +
      `${inKiB(atOnce.minified)} KiB minified; ` +
      `${inKiB(all.gzip - atOnce.gzip)} KiB more if every part is used\n`,
  )
  if (atOnce.gzip > limitBytes) process.exitCode = 1
}
