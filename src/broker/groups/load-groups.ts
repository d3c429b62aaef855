/** Loads groups and committed offsets from their log, by applying its records in order. */

import {
  groupMetadataKey,
  groupMetadataValue,
  offsetCommitKey,
} from '../../protocol/records/classic-group-records.ts'
import { decodeKey, decodeValue, keyType } from '../../protocol/records/record-schema.ts'
import type { StateLog, StateRecord } from '../state-log.ts'
import { groupOf } from './classic-group-log.ts'
import { CommittedOffsets, committedOf } from './committed-offsets.ts'
import { applyEvents, emptyConsumerGroup } from './consumer-group.ts'
import { decodeConsumerGroupRecord, type ConsumerGroupRecord } from './consumer-group-log.ts'
import type { Group } from './group.ts'

export interface LoadedGroups {
  readonly groups: Map<string, Group>
  readonly offsets: CommittedOffsets
}

export function loadGroups(log: Pick<StateLog, 'replay'>): LoadedGroups {
  const loaded: LoadedGroups = { groups: new Map(), offsets: new CommittedOffsets() }
  log.replay((record) => applyRecord(loaded, record))
  return loaded
}

/** Records of other kinds, such as those of share groups in a log of Apache Kafka, are skipped. */
function applyRecord({ groups, offsets }: LoadedGroups, { key, value }: StateRecord): void {
  if (key === null) return
  const type = keyType(key)
  if (type === offsetCommitKey.type) {
    const { group, topic, partition } = decodeKey(offsetCommitKey, key)
    const committed = value === null ? null : committedOf(value)
    offsets.apply(group, { topic, partition, committed })
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
