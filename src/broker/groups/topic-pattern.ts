/**
 * Subscriptions by a regular expression, which must match the whole name of a topic (KIP-848).
 *
 * The syntax is RE2's, as in Kafka: no look-around and no references, so that a match takes time
 * in proportion to the name. Clients write these expressions, and JavaScript's own can be made to
 * take longer than anybody waits.
 */

import { RE2JS, RE2JSException } from 're2js'
import { RequestError } from '../request-error.ts'

/** Enough for a hundred names of topics. */
const patternMaxLength = 4096
/**
 * In steps of the machine that an expression becomes: `[ab]{1000}` has a thousand. The worst of
 * that size that we found takes 30 ms for a name of 249 characters.
 */
const patternMaxSize = 4096

export type TopicPattern = (name: string) => boolean

/**
 * Returns a test for the names of topics.
 *
 * @throws RequestError with INVALID_REGULAR_EXPRESSION
 */
export function compileTopicPattern(source: string): TopicPattern {
  if (source.length > patternMaxLength) {
    throw refused(`is longer than ${patternMaxLength} characters`)
  }
  const expression = compile(source)
  if (expression.programSize() > patternMaxSize) throw refused('repeats too much')
  return (name) => expression.testExact(name)
}

function compile(source: string): RE2JS {
  try {
    return RE2JS.compile(source)
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error
    throw refused(`\`${source}\` is not a valid regular expression: ${error.message}`)
  }
}

function refused(why: string): RequestError {
  return new RequestError('INVALID_REGULAR_EXPRESSION', `SubscribedTopicRegex ${why}.`)
}
