/** What groups need to know of topics. The broker's topics are one; tests have others. */

export interface TopicFacts {
  readonly name: string
  readonly id: string
  readonly partitionCount: number
}

export interface TopicLookup {
  /** Another number after every change of what topics there are, or of their partitions. */
  readonly version: number
  byName(name: string): TopicFacts | undefined
  byId(id: string): TopicFacts | undefined
  all(): Iterable<TopicFacts>
}
