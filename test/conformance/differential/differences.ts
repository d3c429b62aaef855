/**
 * Where the answers of our broker and Apache Kafka may differ, each with the reason; the list is
 * in docs/compatibility.md too. An entry that a run does not come across fails the run.
 */

import type { Difference } from './compare.ts'

export interface ListedDifference {
  /** @default any API */
  readonly api?: string
  /** Of the label of a step. @default any */
  readonly step?: RegExp
  readonly path: RegExp
  readonly when?: (difference: Difference) => boolean
  readonly reason: string
}

/** The entry of a list of configs that only one side has. */
function config(difference: Difference): string {
  const entry = (difference.theirs ?? difference.ours) as { readonly name?: string } | null
  return entry?.name ?? ''
}

export const listedDifferences: readonly ListedDifference[] = [
  {
    api: 'Fetch',
    path: /^sessionId$/,
    when: ({ ours }) => ours === 0,
    reason: 'fetch sessions are answered with session 0: clients send whole requests',
  },
  {
    path: /configs\[\]$/,
    when: (difference) => /^(local\.retention|remote)\./.test(config(difference)),
    reason: 'there is no remote storage',
  },
  {
    path: /configs\[\]$/,
    when: (difference) => config(difference) === 'min.insync.replicas',
    reason: 'Kafka sets min.insync.replicas for the whole cluster; here it is a default',
  },
  {
    api: 'CreateTopics',
    step: /internal name/,
    path: /./,
    reason: 'internal topics are there from the start',
  },
]
