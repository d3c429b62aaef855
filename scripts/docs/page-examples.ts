/** The programs on pages: `<!-- example: name -->`, then a block of TypeScript. */

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root, runTool } from '../run.ts'

/** Pages whose programs are run by the tests, all of them. */
export const pagesWithExamples = [
  'README.md',
  'docs/producing.md',
  'docs/consuming.md',
  'docs/errors.md',
  'docs/running.md',
  'docs/observability.md',
  'docs/streams.md',
] as const

/** Returns the programs of all pages, by name. */
export function pageExamples(): Map<string, string> {
  const text = pagesWithExamples.map((page) => readFileSync(join(root, page), 'utf8')).join('\n')
  return new Map(
    [...text.matchAll(/<!-- example: ([\w-]+) -->\n```ts\n([^]*?)```/g)].map(
      ([, name, code]) => [name!, code!] as const,
    ),
  )
}

/** Has the compiler look at the programs, as at those of a user. Returns its exit code. */
export function checkPageExamples(): number {
  mkdirSync(join(root, '.cache'), { recursive: true })
  const folder = mkdtempSync(join(root, '.cache', 'page-examples-'))
  try {
    for (const [name, code] of pageExamples()) {
      // Each is a module of its own.
      writeFileSync(join(folder, `${name}.ts`), `${code}\nexport {}\n`)
    }
    const paths = {
      'kafka.do': [join(root, 'src', 'index-node.ts')],
      'kafka.do/opentelemetry': [join(root, 'src', 'opentelemetry', 'index.ts')],
      'kafka.do/server': [join(root, 'src', 'server', 'index.ts')],
      'kafka.do/testing': [join(root, 'src', 'testing', 'index.ts')],
    }
    const config = {
      extends: join(root, 'tsconfig.json'),
      compilerOptions: { paths },
      include: [join(folder, '*.ts')],
      exclude: [],
    }
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config))
    return runTool('tsc', '--project', folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
