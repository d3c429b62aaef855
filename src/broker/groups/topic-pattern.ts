/** Subscriptions by a regular expression, which must match the whole name of a topic (KIP-848). */

import { compileExpression } from '../expressions.ts'
import { RequestError } from '../request-error.ts'

/** Enough for a hundred names of topics. */
const patternMaxLength = 4096
/** The worst of that size that we found takes 30 ms for a name of 249 characters. */
const patternMaxSize = 4096

export type TopicPattern = (name: string) => boolean

/**
 * Returns a test for the names of topics. Expressions have to be loaded.
 *
 * @throws RequestError with INVALID_REGULAR_EXPRESSION
 */
export function compileTopicPattern(source: string): TopicPattern {
  if (source.length > patternMaxLength) {
    throw refused(`is longer than ${patternMaxLength} characters`)
  }
  const expression = compileExpression(source, (why) =>
    refused(`\`${source}\` is not a valid regular expression: ${why}`),
  )
  if (expression.programSize() > patternMaxSize) throw refused('repeats too much')
  return (name) => expression.testExact(name)
}

function refused(why: string): RequestError {
  return new RequestError('INVALID_REGULAR_EXPRESSION', `SubscribedTopicRegex ${why}.`)
}
