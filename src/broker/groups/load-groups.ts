/** Loads groups and committed offsets from their log, by applying its records in order. */

import {
  groupMetadataKey,
  groupMetadataValue,
  offsetCommitKey,
} from '../../protocol/records/classic-group-records.ts'
import { decodeKey, decodeValue, keyType } from '../../protocol/records/record-schema.ts'
import type { TransactionMarker } from '../../log/producer/producer-state.ts'
import type { StateLog, StoredStateRecord } from '../state-log.ts'
import { groupOf } from './classic-group-log.ts'
import { CommittedOffsets, committedOf } from './committed-offsets.ts'
import { applyEvents, emptyConsumerGroup, type ConsumerGroupEvent } from './consumer-group.ts'
import { decodeConsumerGroupRecord, type ConsumerGroupRecord } from './consumer-group-log.ts'
import type { Group } from './group.ts'
import { PendingOffsets } from './pending-offsets.ts'

export interface LoadedGroups {
  readonly groups: Map<string, Group>
  readonly offsets: CommittedOffsets
  readonly pending: PendingOffsets
}

/** Events of a group that are applied together: each time, the group is copied. */
const eventsMax = 1000

export function loadGroups(log: Pick<StateLog, 'replay'>): LoadedGroups {
  const loading = new LoadingGroups()
  log.replay(
    (record) => loading.apply(record),
    (marker) => loading.end(marker),
  )
  loading.finish()
  return loading
}

class LoadingGroups implements LoadedGroups {
  readonly groups = new Map<string, Group>()
  readonly offsets = new CommittedOffsets()
  readonly pending = new PendingOffsets()
  /** By group: what is not in the group yet. */
  readonly #events = new Map<string, ConsumerGroupEvent[]>()

  /** Records of other kinds, such as those of Apache Kafka's share groups, are skipped. */
  apply({ key, value, transactionOf }: StoredStateRecord): void {
    if (key === null) return
    const type = keyType(key)
    if (type === offsetCommitKey.type) {
      const { group, topic, partition } = decodeKey(offsetCommitKey, key)
      const committed = value === null ? null : committedOf(value)
      const commit = { topic, partition, committed }
      if (transactionOf >= 0) return this.pending.add(transactionOf, group, [commit])
      this.pending.supersede(group, commit)
      this.offsets.apply(group, commit)
    } else if (type === groupMetadataKey.type) {
      this.#applyClassic(decodeKey(groupMetadataKey, key).group, value)
    } else {
      const record = decodeConsumerGroupRecord(key, value)
      if (record) this.#applyConsumer(record)
    }
  }

  end(marker: TransactionMarker): void {
    for (const { groupId, commit } of this.pending.end(marker)) {
      if (marker.result === 'commit') this.offsets.apply(groupId, commit)
    }
  }

  finish(): void {
    for (const groupId of this.#events.keys()) this.#applyEvents(groupId)
  }

  #applyClassic(groupId: string, value: Uint8Array | null): void {
    if (value === null && this.groups.get(groupId)?.kind !== 'classic') return
    this.#remove(groupId)
    if (value === null) return
    this.groups.set(groupId, groupOf(groupId, decodeValue(groupMetadataValue, value)))
  }

  #applyConsumer({ groupId, event }: ConsumerGroupRecord): void {
    const isThere = this.groups.get(groupId)?.kind === 'consumer'
    if (event === 'group-removed') {
      if (isThere) this.#remove(groupId)
      return
    }
    // What is left of a group after compaction may begin with removals.
    if (!isThere && event.type.endsWith('-removed')) return
    if (!isThere) this.groups.set(groupId, emptyConsumerGroup(groupId))
    const events = this.#events.get(groupId) ?? []
    this.#events.set(groupId, events)
    events.push(event)
    if (events.length === eventsMax) this.#applyEvents(groupId)
  }

  #applyEvents(groupId: string): void {
    const group = this.groups.get(groupId)
    if (group?.kind !== 'consumer') return
    this.groups.set(groupId, applyEvents(group, this.#events.get(groupId) ?? []))
    this.#events.delete(groupId)
  }

  #remove(groupId: string): void {
    this.groups.delete(groupId)
    this.#events.delete(groupId)
  }
}
