/**
 * Which transactional ids a regular expression matches as a whole (KIP-1152). A match takes time in
 * proportion to the id and the expression, and both together have a limit, since the ids are many.
 */

import { compileExpression } from '../expressions.ts'
import { RequestError } from '../request-error.ts'

const patternMaxLength = 4096
/** Steps of the expression's machine, of 30 ns at most. */
const stepsMax = 5_000_000

/**
 * Returns those of `ids` that match. Expressions have to be loaded.
 *
 * @throws RequestError with INVALID_REGULAR_EXPRESSION, also where it would take too long
 */
export function matchingIds(source: string, ids: readonly string[]): ReadonlySet<string> {
  if (source.length > patternMaxLength) throw refused('is too long')
  const expression = compileExpression(source, (why) =>
    refused(`\`${source}\` is not valid: ${why}`),
  )
  const length = ids.reduce((total, id) => total + id.length + 1, 0)
  if (expression.programSize() * length > stepsMax) {
    throw refused('is too complex for so many transactional ids')
  }
  return new Set(ids.filter((id) => expression.testExact(id)))
}

function refused(why: string): RequestError {
  return new RequestError('INVALID_REGULAR_EXPRESSION', `TransactionalIdPattern ${why}.`)
}
