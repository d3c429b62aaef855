/**
 * Which transactional ids a regular expression matches as a whole (KIP-1152). The syntax is RE2's,
 * as in Kafka, so that a match takes time in proportion to the id and the expression; and both
 * together have a limit, since the ids are many.
 */

import { RE2JS, RE2JSException } from 're2js'
import { RequestError } from '../request-error.ts'

const patternMaxLength = 4096
/** Steps of the expression's machine, of 30 ns at most. */
const stepsMax = 5_000_000

/**
 * Returns those of `ids` that match.
 *
 * @throws RequestError with INVALID_REGULAR_EXPRESSION, also where it would take too long
 */
export function matchingIds(source: string, ids: readonly string[]): ReadonlySet<string> {
  if (source.length > patternMaxLength) throw refused('is too long')
  const expression = compile(source)
  const length = ids.reduce((total, id) => total + id.length + 1, 0)
  if (expression.programSize() * length > stepsMax) {
    throw refused('is too complex for so many transactional ids')
  }
  return new Set(ids.filter((id) => expression.testExact(id)))
}

function compile(source: string): RE2JS {
  try {
    return RE2JS.compile(source)
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error
    throw refused(`\`${source}\` is not valid: ${error.message}`)
  }
}

function refused(why: string): RequestError {
  return new RequestError('INVALID_REGULAR_EXPRESSION', `TransactionalIdPattern ${why}.`)
}
