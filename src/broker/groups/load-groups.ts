/** Loads groups and committed offsets from their log, by applying its records in order. */

import {
  groupMetadataKey,
  groupMetadataValue,
  offsetCommitKey,
} from '../../protocol/records/classic-group-records.ts'
import { decodeKey, decodeValue, keyType } from '../../protocol/records/record-schema.ts'
import type { StateLog, StoredStateRecord } from '../state-log.ts'
import { groupOf } from './classic-group-log.ts'
import { CommittedOffsets, committedOf } from './committed-offsets.ts'
import { applyEvents, emptyConsumerGroup } from './consumer-group.ts'
import { decodeConsumerGroupRecord, type ConsumerGroupRecord } from './consumer-group-log.ts'
import type { Group } from './group.ts'
import { PendingOffsets } from './pending-offsets.ts'

export interface LoadedGroups {
  readonly groups: Map<string, Group>
  readonly offsets: CommittedOffsets
  readonly pending: PendingOffsets
}

export function loadGroups(log: Pick<StateLog, 'replay'>): LoadedGroups {
  const offsets = new CommittedOffsets()
  const loaded: LoadedGroups = { groups: new Map(), offsets, pending: new PendingOffsets() }
  log.replay(
    (record) => applyRecord(loaded, record),
    (marker) => {
      for (const { groupId, commit } of loaded.pending.end(marker)) {
        if (marker.result === 'commit') offsets.apply(groupId, commit)
      }
    },
  )
  return loaded
}

/** Records of other kinds, such as those of share groups in a log of Apache Kafka, are skipped. */
function applyRecord(loaded: LoadedGroups, record: StoredStateRecord): void {
  const { groups, offsets, pending } = loaded
  const { key, value, transactionOf } = record
  if (key === null) return
  const type = keyType(key)
  if (type === offsetCommitKey.type) {
    const { group, topic, partition } = decodeKey(offsetCommitKey, key)
    const committed = value === null ? null : committedOf(value)
    const commit = { topic, partition, committed }
    if (transactionOf >= 0) return pending.add(transactionOf, group, [commit])
    pending.supersede(group, commit)
    offsets.apply(group, commit)
  } else if (type === groupMetadataKey.type) {
    applyClassic(groups, decodeKey(groupMetadataKey, key).group, value)
  } else {
    const record = decodeConsumerGroupRecord(key, value)
    if (record) applyConsumer(groups, record)
  }
}

function applyClassic(groups: Map<string, Group>, groupId: string, value: Uint8Array | null): void {
  if (value !== null) groups.set(groupId, groupOf(groupId, decodeValue(groupMetadataValue, value)))
  else if (groups.get(groupId)?.kind === 'classic') groups.delete(groupId)
}

function applyConsumer(groups: Map<string, Group>, { groupId, event }: ConsumerGroupRecord): void {
  const existing = groups.get(groupId)
  const group = existing?.kind === 'consumer' ? existing : undefined
  if (event === 'group-removed') {
    if (group) groups.delete(groupId)
    return
  }
  // What is left of a group after compaction may begin with removals.
  const isRemoval = event.type.endsWith('-removed')
  if (!group && isRemoval) return
  groups.set(groupId, applyEvents(group ?? emptyConsumerGroup(groupId), [event]))
}
