/**
 * The users that can prove who they are: SCRAM credentials, which are records of
 * `__cluster_metadata`. An API key is one of them. Of a password nothing is stored but what checks
 * a proof of it.
 */

import type { AuthenticatedUser } from '../../connection/request-handler.ts'
import type { MetadataRecord, MetadataRecordInput } from '../../protocol/records/metadata-record.ts'
import type { Session } from './session.ts'
import { scramMechanisms, type ScramKeys } from '../../sasl/scram.ts'

export interface Credential extends ScramKeys {
  readonly user: string
  /** Kafka's number of the mechanism. */
  readonly mechanism: number
  readonly salt: Uint8Array
  readonly iterations: number
}

export interface CredentialId {
  readonly user: string
  readonly mechanism: number
}

export interface CredentialChanges {
  readonly deleted: readonly CredentialId[]
  readonly set: readonly Credential[]
}

export class Credentials {
  readonly #append: (records: readonly MetadataRecordInput[]) => Promise<void>
  /** By user, then by number of mechanism. */
  readonly #byUser = new Map<string, Map<number, Credential>>()
  readonly #lossListeners: ((by: Session) => void)[] = []

  /** @param append appends to `__cluster_metadata`, and resolves once that is durable */
  constructor(append: (records: readonly MetadataRecordInput[]) => Promise<void>) {
    this.#append = append
  }

  get isEmpty(): boolean {
    return this.#byUser.size === 0
  }

  /** The names of all users, sorted. */
  users(): string[] {
    return [...this.#byUser.keys()].sort()
  }

  /** The credentials of a user, in the order of their mechanisms. */
  of(user: string): Credential[] {
    const found = [...(this.#byUser.get(user)?.values() ?? [])]
    return found.sort((a, b) => a.mechanism - b.mechanism)
  }

  get({ user, mechanism }: CredentialId): Credential | undefined {
    return this.#byUser.get(user)?.get(mechanism)
  }

  /** Calls `listener` whenever a credential was taken away or replaced. */
  onLoss(listener: (by: Session) => void): void {
    this.#lossListeners.push(listener)
  }

  /** Returns whoever has proven to know the password of `credential`. */
  ownerOf(credential: Credential): AuthenticatedUser {
    return { name: credential.user, isCurrent: () => this.get(credential) === credential }
  }

  /** Takes credentials away and sets others, at once. Resolves when that is durable. */
  alter(changes: CredentialChanges, by: Session): Promise<void> {
    const records: MetadataRecordInput[] = [
      ...changes.deleted.map(({ user: name, mechanism }) => {
        return { type: 'removeUserScramCredentialRecord', value: { name, mechanism } } as const
      }),
      ...changes.set.map(({ user: name, ...value }) => {
        return { type: 'userScramCredentialRecord', value: { ...value, name } } as const
      }),
    ]
    const durable = this.#append(records)
    const losses = [...changes.deleted, ...changes.set].filter((id) => this.get(id)).length
    for (const record of records) this.apply(record as MetadataRecord)
    if (losses > 0) for (const listener of this.#lossListeners) listener(by)
    return durable
  }

  /** Takes over what a record says; while the log is replayed as well. */
  apply(record: MetadataRecord): void {
    if (record.type === 'userScramCredentialRecord') this.#set(record.value)
    else if (record.type === 'removeUserScramCredentialRecord') this.#delete(record.value)
  }

  #set({ name, ...value }: Omit<Credential, 'user'> & { readonly name: string }): void {
    // A mechanism that is unknown here was written by a later Kafka: nobody can use it.
    if (!scramMechanisms.some(({ type }) => type === value.mechanism)) return
    const known = this.#byUser.get(name) ?? new Map<number, Credential>()
    this.#byUser.set(name, known)
    known.set(value.mechanism, Object.freeze({ ...value, user: name }))
  }

  #delete({ name, mechanism }: { readonly name: string; readonly mechanism: number }): void {
    const known = this.#byUser.get(name)
    known?.delete(mechanism)
    if (known?.size === 0) this.#byUser.delete(name)
  }
}
