/** What a doc comment says. */

import { ts } from '@ts-morph/common'

export interface Doc {
  /** Paragraphs, as Markdown; empty where there is no comment. */
  readonly text: string
  readonly throws: readonly string[]
  readonly defaultValue: string | undefined
  /** Whether it is for the package itself, although it is public to the compiler. */
  readonly isInternal: boolean
}

export function docOf(node: ts.Node): Doc {
  const holder = ts.isVariableDeclaration(node) ? node.parent.parent : node
  const parts = ts.getJSDocCommentsAndTags(holder)
  const comments = parts.filter(ts.isJSDoc)
  const tags = comments.flatMap(({ tags }) => [...(tags ?? [])])
  const valuesOf = (name: string): string[] =>
    tags.filter(({ tagName }) => tagName.text === name).map(({ comment }) => plain(comment))
  return {
    text: comments.map(({ comment }) => plain(comment, '\n')).join('\n\n'),
    throws: valuesOf('throws'),
    defaultValue: valuesOf('default')[0],
    isInternal: valuesOf('internal').length > 0,
  }
}

/** Lines of a comment are broken by its width: those of one paragraph belong together. */
function plain(comment: ts.JSDoc['comment'], paragraph = ' '): string {
  const text = ts.getTextOfJSDocComment(comment) ?? ''
  return text
    .split(/\n\s*\n/)
    .map((each) => (/^\s*[-*|]/m.test(each) ? each.trim() : each.replaceAll(/\s+/g, ' ').trim()))
    .join(paragraph === '\n' ? '\n\n' : paragraph)
}
