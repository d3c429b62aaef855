/**
 * Which topics the members of a KIP-848 group subscribe to, of those that exist, and a hash of
 * them: a group whose hash is another one now needs a new assignment.
 */

import { RequestError } from '../request-error.ts'
import type { ConsumerMember, MemberSubscription } from './consumer-group.ts'
import type { PatternRights } from './pattern-rights.ts'
import type { TopicFacts, TopicLookup } from './topic-lookup.ts'
import { compileTopicPattern } from './topic-pattern.ts'

/** Finds topics at one moment. Each pattern is tried once, however many members share it. */
export class SubscribedTopics {
  readonly #topics: TopicLookup
  readonly #rights: PatternRights | undefined
  readonly #byPattern = new Map<string, readonly TopicFacts[]>()

  constructor(topics: TopicLookup, rights?: PatternRights) {
    this.#topics = topics
    this.#rights = rights
  }

  of({ topicNames, topicRegex }: MemberSubscription): Map<string, TopicFacts> {
    const found = new Map<string, TopicFacts>()
    for (const name of topicNames) {
      const topic = this.#topics.byName(name)
      if (topic) found.set(topic.id, topic)
    }
    if (topicRegex) for (const topic of this.#matching(topicRegex)) found.set(topic.id, topic)
    return found
  }

  ofAll(members: Iterable<ConsumerMember>): Map<string, TopicFacts> {
    const found = new Map<string, TopicFacts>()
    for (const { subscription } of members) {
      for (const [id, topic] of this.of(subscription)) found.set(id, topic)
    }
    return found
  }

  /** The names of all topics that members subscribe to, be they there or not. */
  namesOf(members: Iterable<ConsumerMember>): ReadonlySet<string> {
    const names = new Set<string>()
    for (const { subscription } of members) {
      for (const name of subscription.topicNames) names.add(name)
      for (const { name } of this.of(subscription).values()) names.add(name)
    }
    return names
  }

  /** 64 bits, as 16 hex digits. */
  hashOf(members: Iterable<ConsumerMember>): string {
    const lines = [...this.ofAll(members).values()].map(
      ({ name, id, partitionCount }) => `${name} ${id} ${partitionCount}\n`,
    )
    const text = lines.sort().join('')
    return fnv1a(text, 0x811c9dc5) + fnv1a(text, 0x01000193)
  }

  #matching(pattern: string): readonly TopicFacts[] {
    const known = this.#byPattern.get(pattern)
    if (known) return known
    const isFound = ({ name }: TopicFacts): boolean => this.#rights?.finds(pattern, name) ?? true
    const matching = [...this.#topics.all()].filter(matcher(pattern)).filter(isFound)
    this.#byPattern.set(pattern, matching)
    return matching
  }
}

function matcher(pattern: string): (topic: TopicFacts) => boolean {
  try {
    const expression = compileTopicPattern(pattern)
    // The broker's own topics as well, as in Kafka: clients leave them out of what they ask for.
    return ({ name }) => expression(name)
  } catch (error) {
    if (!(error instanceof RequestError)) throw error
    // Members cannot subscribe so; a log that another broker wrote may know more than we do.
    return () => false
  }
}

/** Fowler–Noll–Vo, 1a, over UTF-16 units. Its basis is a parameter, to get several hashes. */
function fnv1a(text: string, basis: number): string {
  let hash = basis
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  }
  return (hash >>> 0).toString(16).padStart(8, '0')
}
