/** The reference as Markdown: one file for each page, and one that lists them all. */

import { pageOf, pages, type Page } from './pages.ts'
import type { Declaration, Member } from './public-api.ts'

const generated = `<!-- Written by 'npm run docs' from the comments in src/. -->`

/** Returns the files of docs/reference, by name. */
export function renderReference(declarations: readonly Declaration[]): Map<string, string> {
  const links = new Map(declarations.map((each) => [each.name, linkTo(each)] as const))
  const files = new Map([['README.md', renderIndex(declarations)]])
  for (const page of pages) {
    const own = sorted(page, declarations)
    if (own.length > 0) files.set(`${page.name}.md`, renderPage(page, own, links))
  }
  return files
}

type Links = ReadonlyMap<string, string>

function renderIndex(declarations: readonly Declaration[]): string {
  const parts = pages.flatMap((page) => {
    const own = sorted(page, declarations)
    if (own.length === 0) return []
    const rows = own.map((each) => {
      return `| [\`${each.name}\`](${linkTo(each)}) | \`${each.module}\` | ${cell(first(each.doc.text))} |`
    })
    const head = ['| name | import from | what it is |', '| --- | --- | --- |']
    return [`## [${page.title}](${page.name}.md)`, page.about, [...head, ...rows].join('\n')]
  })
  const about =
    'Everything that programs can import, with what it takes, gives and throws. Types are those of ' +
    "TypeScript; durations are milliseconds, or text such as `'5s'`. [runtimes.md](../runtimes.md) says " +
    'what there is where: this is what Node has.'
  return `${['# API reference', generated, about, ...parts].join('\n\n')}\n`
}

function renderPage(page: Page, declarations: readonly Declaration[], links: Links): string {
  const parts = declarations.map((each) => renderDeclaration(each, links))
  return `${[`# ${page.title}`, generated, page.about, ...parts].join('\n\n')}\n`
}

/** Returns what is on a page: what it begins with, then what runs, then what only has a shape. */
function sorted(page: Page, declarations: readonly Declaration[]): Declaration[] {
  const kinds = ['class', 'function', 'const', 'interface', 'type']
  const rank = ({ name, kind }: Declaration): number => {
    const place = page.first.indexOf(name)
    return place < 0 ? page.first.length + kinds.indexOf(kind) : place
  }
  const own = declarations.filter((each) => pageOf(each) === page)
  return own.toSorted((a, b) => rank(a) - rank(b))
}

function renderDeclaration(declaration: Declaration, links: Links): string {
  const { name, kind, text, doc, module, members, isTypeOnly } = declaration
  const imported = isTypeOnly ? 'import type' : 'import'
  const isNamed = kind === 'class' || kind === 'interface'
  const heritage =
    declaration.extends.length > 0 ? ` extends ${declaration.extends.join(', ')}` : ''
  const keyword = kind === 'function' ? 'function ' : ''
  const code = isNamed ? `${kind} ${text}${heritage}` : `${keyword}${text}`
  const fields = members.filter((member) => member.kind === 'field')
  const methods = members.filter((member) => member.kind !== 'field')
  const aliases = [...new Set([...declaration.aliases, ...fields.flatMap((each) => each.aliases)])]
  return [
    `## ${name}`,
    fence(withAliases(`${imported} { ${name} } from '${module}'\n\n${code}`, aliases)),
    doc.text,
    throwsText(doc.throws),
    seeText([code], name, links),
    fieldTable(fields, links),
    ...methods.map((method) => renderMethod(name, method, links)),
  ]
    .filter((part) => part !== '')
    .join('\n\n')
}

function renderMethod(owner: string, member: Member, links: Links): string {
  const name = member.kind === 'constructor' ? `new ${owner}()` : `${calledOn(owner, member)}()`
  const { doc, text, aliases } = member
  const parts = [
    `### ${name}`,
    fence([...text, ...aliases].join('\n')),
    doc.text,
    throwsText(doc.throws),
  ]
  return [...parts, seeText(text, owner, links)].filter((part) => part !== '').join('\n\n')
}

/** `Producer.send` for what every producer has, and `Offset.timestamp` as it is written. */
function calledOn(owner: string, { name }: Member): string {
  return name.startsWith('[') ? `${owner}${name}` : `${owner}.${name}`
}

function fieldTable(fields: readonly Member[], links: Links): string {
  if (fields.length === 0) return ''
  const rows = fields.map(({ name, text, doc, isOptional, isStatic }) => {
    const value = cell(doc.defaultValue ?? '').replaceAll(/(?<=^|[\s(])'[^'\s]+'/g, '`$&`')
    const label = `\`${isStatic ? 'static ' : ''}${name}${isOptional ? '?' : ''}\``
    return `| ${label} | ${linkedType(text[0]!, links)} | ${value} | ${cell(doc.text)} |`
  })
  return ['| field | type | default | |', '| --- | --- | --- | --- |', ...rows].join('\n')
}

function throwsText(throws: readonly string[]): string {
  if (throws.length === 0) return ''
  return throws
    .map((each) => `Throws ${each.replace(/[.…]?$/, (end) => (end === '…' ? '…' : '.'))}`)
    .join('\n\n')
}

/** Names in code cannot be links: they follow it. */
function seeText(code: readonly string[], self: string, links: Links): string {
  const words = new Set(code.join(' ').match(/\b[A-Z]\w+/g) ?? [])
  words.delete(self)
  const known = [...words].filter((word) => links.has(word))
  if (known.length === 0) return ''
  return `See ${known.map((word) => `[\`${word}\`](${links.get(word)!})`).join(', ')}.`
}

function linkedType(text: string, links: Links): string {
  const link = /^[A-Z]/.test(text) ? links.get(text) : undefined
  return link ? `[\`${text}\`](${link})` : `\`${text.replaceAll('|', '\\|')}\``
}

function linkTo(declaration: Declaration): string {
  return `${pageOf(declaration).name}.md#${declaration.name.toLowerCase()}`
}

function withAliases(code: string, aliases: readonly string[]): string {
  return aliases.length === 0 ? code : `${code}\n\n${aliases.join('\n')}`
}

function fence(code: string): string {
  return `\`\`\`ts\n${code}\n\`\`\``
}

function first(text: string): string {
  return text.split(/(?<=[.:;])\s/, 1)[0]!.replace(/[:;]$/, '.')
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll(/\s*\n\s*/g, ' ')
}
