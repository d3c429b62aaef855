/** `docs/examples.md`: which example shows which section, and which name, of the documents. */

import { entries, languages } from '../../test/integration/documented/entries.ts'
import { sections } from '../../test/integration/documented/sections.ts'

const head = `# Examples

The SDK was made from five documents, which describe one library in Dart, Go, Crystal, Nim and PHP. Here is
what there is for each of their sections, and for each name in their API. Every example runs by itself, on a
broker in memory, or on the one that \`KAFKA_DO_URL\` names, if that is empty: \`npx node examples/quick-start.ts\`,
which is the Node 24 of this clone. In a program of your own, import from \`kafka.do\` instead of \`../src/…\`.
What is for React and Nest is in one [shop](../test/frameworks/shop): a page and a service.

\`test/integration/examples.test.ts\` runs all of them, compares what they return and print, and fails where a
section has no example, or where the text that stands for a name is in no code that has run; \`npm run
test:frameworks\` drives the shop in a browser. \`npm run docs\` writes this page, from what that test reads.
`

export function renderExamples(): string {
  return `${[head, '## Sections', sectionTable(), '## Names', nameTable()].join('\n').trimEnd()}\n`
}

function sectionTable(): string {
  const rows = new Map<string, { heading: string; example: string; languages: string[] }>()
  for (const language of languages) {
    for (const [heading, example] of Object.entries(sections[language]!)) {
      const row = rows.get(`${heading}/${example}`) ?? { heading, example, languages: [] }
      row.languages.push(language)
      rows.set(`${heading}/${example}`, row)
    }
  }
  const lines = [...rows.values()].map(({ heading, example, languages: of }) => {
    const all = of.length === languages.length ? 'all' : of.join(', ')
    return `| ${heading} | ${all} | ${link(example)} |`
  })
  return ['', '| section | of | example |', '| --- | --- | --- |', ...lines, ''].join('\n')
}

function nameTable(): string {
  const lines = entries.map(({ example, text, names }) => {
    const columns = languages.map((language) => names[language]!.map(code).join(', ') || '–')
    return `| ${code(text)} | ${link(example)} | ${columns.join(' | ')} |`
  })
  const columns = ['in TypeScript', 'example', ...languages]
  const rule = columns.map(() => '---')
  return ['', row(columns), row(rule), ...lines, ''].join('\n')
}

function row(columns: readonly string[]): string {
  return `| ${columns.join(' | ')} |`
}

function code(text: string): string {
  return `\`${text.replaceAll('|', '\\|')}\``
}

function link(example: string): string {
  const name = example.split('/').at(-1)!
  return name === example ? `[${name}](../examples/${name}.ts)` : `[${name}](../${example})`
}
