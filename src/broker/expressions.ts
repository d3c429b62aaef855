/**
 * Regular expressions of RE2, as in Kafka: no look-around and no references, so that a match takes
 * time in proportion to the text. Clients write these expressions, and JavaScript's own can be made
 * to take longer than anybody waits.
 *
 * The library is loaded with the first expression: it costs 7 MB, and most brokers never see one.
 */

import type { RE2JS } from 're2js'

export type Expression = Pick<RE2JS, 'programSize' | 'testExact'>

let library: typeof import('re2js') | undefined
let loading: Promise<void> | undefined

/** Loads what `compileExpression` needs, once. */
export function loadExpressions(): Promise<void> {
  loading ??= import('re2js').then((loaded) => {
    library = loaded
  })
  return loading
}

/** Runs `run`, at once where there is no expression, or they have been loaded before. */
export function withExpressions<Result>(
  expression: string | null,
  run: () => Result | Promise<Result>,
): Result | Promise<Result> {
  return !expression || library ? run() : loadExpressions().then(run)
}

/** Resolves when no load is under way, be it that none was asked for. */
export function expressionsSettled(): Promise<void> {
  return loading ?? Promise.resolve()
}

/**
 * Returns `source` to be matched against whole texts. Its `programSize` is in steps of the machine
 * that it becomes: `[ab]{1000}` has a thousand.
 *
 * @throws what `refused` makes of the reason, where it is not one of RE2's
 */
export function compileExpression(source: string, refused: (why: string) => Error): Expression {
  if (!library) throw new Error('regular expressions have to be loaded first')
  try {
    return library.RE2JS.compile(source)
  } catch (error) {
    if (!(error instanceof library.RE2JSException)) throw error
    throw refused(error.message)
  }
}
