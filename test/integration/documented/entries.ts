/**
 * The API of the five documents that the SDK was made from, as facts: every method, option, field,
 * type, error and variable that they name, beside what it is in TypeScript.
 *
 * A line is `text | Dart | Go | Crystal | Nim | PHP`: a text that the example above it must have, and
 * must run, and the names which that stands for in the documents; – where a document has none.
 */

import { clientEntries } from './client-entries.ts'
import { configurationEntries } from './configuration-entries.ts'
import { errorEntries } from './error-entries.ts'
import { frameworkEntries } from './framework-entries.ts'
import { streamEntries } from './stream-entries.ts'

export const languages = ['Dart', 'Go', 'Crystal', 'Nim', 'PHP'] as const

export interface Entry {
  /** The example, by its file name in `examples/` without `.ts`; of the shop, by its path. */
  readonly example: string
  /** With single blanks where the example may have line breaks. */
  readonly text: string
  /** By language. */
  readonly names: Readonly<Record<string, readonly string[]>>
}

export const entries: readonly Entry[] = [
  clientEntries,
  configurationEntries,
  errorEntries,
  streamEntries,
  frameworkEntries,
].flatMap(parse)

function parse(lines: string): Entry[] {
  let example = ''
  return lines
    .split('\n')
    .filter((line) => line !== '')
    .flatMap((line) => {
      if (line.startsWith('# ')) {
        example = line.slice(2)
        return []
      }
      const [text, ...columns] = line.split(' | ')
      const names = languages.map((language, index) => {
        const column = columns[index]
        if (column === undefined) throw new Error(`a line without ${language}: ${line}`)
        return [language, column === '–' ? [] : column.split(', ')] as const
      })
      return [{ example, text: text!, names: Object.fromEntries(names) }]
    })
}
