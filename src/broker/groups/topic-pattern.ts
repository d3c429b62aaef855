/**
 * Subscriptions by a regular expression, which must match the whole name of a topic (KIP-848).
 *
 * Kafka's are RE2's. Here they are JavaScript's, which know nearly the same syntax, and the flag
 * `(?i)` at the beginning. Unlike RE2's they can take exponential time on names made for it; the
 * limit on their length, and that names of topics have 249 characters at most, bound what a member
 * can do to a broker that lets it in, but do not rule it out.
 */

import { RequestError } from '../request-error.ts'

/** The longest name of a topic: no expression needs to be longer to tell some from others. */
const patternMaxLength = 249

/**
 * Returns the expression as one for whole names.
 *
 * @throws RequestError with INVALID_REGULAR_EXPRESSION
 */
export function compileTopicPattern(source: string): RegExp {
  if (source.length > patternMaxLength) {
    const message = `SubscribedTopicRegex is longer than ${patternMaxLength} characters.`
    throw new RequestError('INVALID_REGULAR_EXPRESSION', message)
  }
  const ignoresCase = source.startsWith('(?i)')
  const pattern = ignoresCase ? source.slice('(?i)'.length) : source
  try {
    // Alone first: with parentheses around it, `a)|(b` would become valid.
    void new RegExp(pattern)
    return new RegExp(`^(?:${pattern})$`, ignoresCase ? 'i' : '')
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    const message = `SubscribedTopicRegex '${source}' is not a valid regular expression: ${reason}.`
    throw new RequestError('INVALID_REGULAR_EXPRESSION', message)
  }
}
