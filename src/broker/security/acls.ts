/**
 * The ACLs of the cluster: records of `__cluster_metadata`, in Kafka's schemas. Every change is
 * appended, then applied, and after a restart applied again.
 */

import { randomUuid } from '../../bytes/random-uuid.ts'
import type { MetadataRecord, MetadataRecordInput } from '../../protocol/records/metadata-record.ts'
import type { Random } from '../../runtime/runtime.ts'
import { matchesAcl, type AclFilter } from './acl-filter.ts'
import { AclRules } from './acl-rules.ts'
import type { Acl } from './acl.ts'

/** An ACL with the id that its record has. */
export type StoredAcl = Acl & { readonly id: string }

export class Acls {
  readonly #append: (records: readonly MetadataRecordInput[]) => Promise<void>
  readonly #random: Random
  readonly #byId = new Map<string, StoredAcl>()
  /** What is there already is not added again. */
  readonly #texts = new Set<string>()
  readonly #byPrincipal = new Map<string, AclRules>()

  /** @param append appends to `__cluster_metadata`, and resolves once that is durable */
  constructor(append: (records: readonly MetadataRecordInput[]) => Promise<void>, random: Random) {
    this.#append = append
    this.#random = random
  }

  /** Returns the ACLs that a filter means, in the order in which they were made. */
  matching(filter: AclFilter): StoredAcl[] {
    return [...this.#byId.values()].filter((acl) => matchesAcl(filter, acl))
  }

  /** Returns the rules for who goes by exactly this text, where there are any. */
  rulesOf(principal: string): AclRules | undefined {
    return this.#byPrincipal.get(principal)
  }

  /** Adds those that are not there yet, at once. Resolves when that is durable. */
  create(acls: readonly Acl[]): Promise<void> {
    const added = new Set<string>()
    const isNew = (acl: Acl): boolean => {
      const text = textOf(acl)
      if (this.#texts.has(text) || added.has(text)) return false
      added.add(text)
      return true
    }
    return this.#change(
      acls.filter(isNew).map((acl) => ({
        type: 'accessControlEntryRecord',
        value: { ...acl, id: randomUuid(this.#random.bytes(16)) },
      })),
    )
  }

  /** Removes ACLs, at once. Resolves when that is durable. */
  delete(ids: Iterable<string>): Promise<void> {
    return this.#change(
      [...ids].map((id) => ({ type: 'removeAccessControlEntryRecord', value: { id } })),
    )
  }

  /** Takes over what a record says; while the log is replayed as well. */
  apply(record: MetadataRecord): void {
    if (record.type === 'accessControlEntryRecord') this.#add(record.value)
    else if (record.type === 'removeAccessControlEntryRecord') this.#remove(record.value.id)
  }

  #change(records: readonly MetadataRecordInput[]): Promise<void> {
    const durable = this.#append(records)
    for (const record of records) this.apply(record as MetadataRecord)
    return durable
  }

  #add(acl: StoredAcl): void {
    this.#remove(acl.id)
    this.#byId.set(acl.id, acl)
    this.#texts.add(textOf(acl))
    const rules = this.#byPrincipal.get(acl.principal) ?? new AclRules()
    this.#byPrincipal.set(acl.principal, rules)
    rules.add(acl)
  }

  #remove(id: string): void {
    const acl = this.#byId.get(id)
    if (!acl) return
    this.#byId.delete(id)
    this.#texts.delete(textOf(acl))
    const rules = this.#byPrincipal.get(acl.principal)!
    rules.remove(acl)
    if (rules.isEmpty) this.#byPrincipal.delete(acl.principal)
  }
}

function textOf(acl: Acl): string {
  const { resourceType, resourceName, patternType, principal, host, operation } = acl
  const fields = [resourceType, patternType, operation, acl.permissionType]
  return JSON.stringify([...fields, resourceName, principal, host])
}
