/**
 * Which topics a pattern finds for a KIP-848 group: those that one of the members who subscribe by
 * it may see, as in Kafka. It is the first that asks, so that what the group reads does not change
 * with each heartbeat where members have not the same rights.
 */

/** Whether somebody may see the topic of that name. */
export type MaySee = (topic: string) => boolean

interface Right {
  readonly memberId: string
  readonly maySee: MaySee
}

export class PatternRights {
  readonly #byPattern = new Map<string, Right>()

  /** Notes what a member may see. Returns whether the pattern may find other topics from now on. */
  learn(pattern: string, right: Right, isMember: (memberId: string) => boolean): boolean {
    const known = this.#byPattern.get(pattern)
    const isOfAnother = known && known.memberId !== right.memberId && isMember(known.memberId)
    if (isOfAnother) return false
    this.#byPattern.set(pattern, right)
    return known?.memberId !== right.memberId
  }

  forgetUnless(isMember: (memberId: string) => boolean): void {
    for (const [pattern, { memberId }] of this.#byPattern) {
      if (!isMember(memberId)) this.#byPattern.delete(pattern)
    }
  }

  /** After a start nobody has asked yet: until then the group goes on with what it had. */
  finds(pattern: string, topic: string): boolean {
    return this.#byPattern.get(pattern)?.maySee(topic) ?? true
  }
}
