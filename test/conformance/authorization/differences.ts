/** Where the outcomes of the authorization matrix may differ, and why. */

import type { Outcome } from './outcome.ts'

/** Whether it is known, and right, that a request has these two outcomes. */
export function isListed(request: string, theirs: Outcome, ours: Outcome): boolean {
  return request === 'Metadata, that creates' && isSooner(theirs, ours)
}

/** Apache Kafka says first that a topic is not there which it is about to make. */
function isSooner(theirs: Outcome, ours: Outcome): boolean {
  return codeOfTopic(theirs) === 3 && codeOfTopic(ours) === 0
}

function codeOfTopic(outcome: Outcome): unknown {
  const { topics } = outcome as { topics?: readonly { errorCode?: number }[] }
  return topics?.[0]?.errorCode
}
