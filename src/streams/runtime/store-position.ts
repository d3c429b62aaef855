/** From where the changelog has to be read for a store to be brought to its end. */

import type { Logger } from '../../runtime/runtime.ts'
import type { Checkpoint, LocalStore } from '../stores/local-store.ts'
import type { ChangelogBounds, ChangelogPlace } from './changelog.ts'

/** Changelogs keep deletions for longer, so that none is missing from what is read. */
export const storeAgeMaxMs = 7 * 24 * 60 * 60 * 1000

export interface ChangelogFacts extends ChangelogBounds {
  /** The id of the topic. */
  readonly topicId: string
  readonly nowMs: number
}

/** Returns the offset that a store goes on from. One that is of no use is emptied, and logged. */
export function positionOf(
  store: LocalStore,
  place: ChangelogPlace,
  { facts, logger }: { readonly facts: ChangelogFacts; readonly logger: Logger },
): number {
  const reason = whyOutdated(store.checkpoint, facts)
  if (reason !== undefined) {
    logger.warn('local state is not used', { ...place, reason })
    store.clear()
  }
  return Math.max(facts.start, store.checkpoint?.offset ?? 0)
}

/** Returns why a store cannot be brought to the end of its changelog, if so. */
export function whyOutdated(
  checkpoint: Checkpoint | undefined,
  changelog: ChangelogFacts,
): string | undefined {
  if (!checkpoint) return undefined
  const { topicId, offset, savedAtMs } = checkpoint
  const { start, end, nowMs } = changelog
  if (topicId !== changelog.topicId) return 'the changelog was made anew'
  if (offset > end) return `the changelog ends at ${end}, before ${offset}`
  if (offset < start) return `the changelog begins at ${start}, after ${offset}`
  const isOld = offset < end && nowMs - savedAtMs > storeAgeMaxMs
  return isOld ? 'it is so old that deletions may be missing from the changelog' : undefined
}
