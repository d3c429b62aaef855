/**
 * The configs of what is no topic: brokers, groups and client metrics, by type and name. They are
 * records of `__cluster_metadata`, as those of topics are.
 */

import type { MetadataRecord, MetadataRecordInput } from '../../protocol/records/metadata-record.ts'
import { topicResource } from '../topic-table.ts'
import type { ConfigChanges } from '../config-changes.ts'

/** Kafka's numbers of what has configs. */
export const resourceTypes = Object.freeze({
  topic: topicResource,
  broker: 4,
  brokerLogger: 8,
  clientMetrics: 16,
  group: 32,
})

export interface ConfigResource {
  readonly resourceType: number
  readonly resourceName: string
}

const none: ReadonlyMap<string, string> = new Map()

export class ResourceConfigs {
  readonly #append: (records: readonly MetadataRecordInput[]) => Promise<void>
  /** By type, then by name of the resource. Without configs there is no resource. */
  readonly #byType = new Map<number, Map<string, Map<string, string>>>()
  readonly #listeners: ((changed: ConfigResource) => void)[] = []

  /** @param append appends to `__cluster_metadata`, and resolves once that is durable */
  constructor(append: (records: readonly MetadataRecordInput[]) => Promise<void>) {
    this.#append = append
  }

  of({ resourceType, resourceName }: ConfigResource): ReadonlyMap<string, string> {
    return this.#byType.get(resourceType)?.get(resourceName) ?? none
  }

  /** The names of the resources of a type that have configs. */
  names(resourceType: number): string[] {
    return [...(this.#byType.get(resourceType)?.keys() ?? [])]
  }

  /** Calls `listener` with every resource whose configs change, also while the log is replayed. */
  onChange(listener: (changed: ConfigResource) => void): void {
    this.#listeners.push(listener)
  }

  /** Sets configs and takes them back, at once. Resolves when that is durable. */
  set({ resourceType, resourceName }: ConfigResource, changes: ConfigChanges): Promise<void> {
    const records = Object.entries(changes).map(([name, value]) => {
      return { type: 'configRecord', value: { resourceType, resourceName, name, value } } as const
    })
    const durable = this.#append(records)
    for (const record of records) this.apply(record)
    return durable
  }

  /** Takes over what a record says. */
  apply(record: MetadataRecord): void {
    if (record.type !== 'configRecord') return
    const { resourceType, resourceName, name, value } = record.value
    if (resourceType === resourceTypes.topic) return
    const ofType = this.#byType.get(resourceType) ?? new Map<string, Map<string, string>>()
    this.#byType.set(resourceType, ofType)
    const configs = ofType.get(resourceName) ?? new Map<string, string>()
    ofType.set(resourceName, configs)
    if (value === null) configs.delete(name)
    else configs.set(name, value)
    if (configs.size === 0) ofType.delete(resourceName)
    for (const listener of this.#listeners) listener({ resourceType, resourceName })
  }
}
