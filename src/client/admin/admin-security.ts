/** What `Admin` does to users and to what they may do: SCRAM credentials and ACLs. */

import { alterUserScramCredentials } from '../../protocol/alter-user-scram-credentials.ts'
import { createAcls as createAclsApi } from '../../protocol/create-acls.ts'
import { deleteAcls as deleteAclsApi } from '../../protocol/delete-acls.ts'
import { describeAcls as describeAclsApi } from '../../protocol/describe-acls.ts'
import { describeUserScramCredentials } from '../../protocol/describe-user-scram-credentials.ts'
import { stretch } from '../../sasl/digests.ts'
import { iterationsMin, scramMechanisms, type ScramName } from '../../sasl/scram.ts'
import type { Cluster } from '../cluster/cluster.ts'
import type { Task } from '../cluster/task.ts'
import { oneOf, type OperationOptions } from '../settings/kafka-options.ts'
import { named, numbered, numberedFilter, type Acl, type AclFilter } from './acl.ts'
import { throwIfError } from './admin-errors.ts'
import { onlyFields } from './only-fields.ts'

/** A password that is to be a user's, or, without one, whose credential is to be deleted. */
export interface ScramChange {
  /** The user's name, without `User:`. */
  readonly user: string
  /**
   * The mechanism that the password is for: a user may have one for each.
   *
   * @default 'SCRAM-SHA-256'
   */
  readonly mechanism?: ScramName
  /** It does not leave this program: the broker gets what checks it. @default none: delete it */
  readonly password?: string
  /** More make guessing slower, and each connection. Kafka takes 4096 to 16384. @default 4096 */
  readonly iterations?: number
}

/** A user with SCRAM credentials; what they are, no broker tells. */
export interface ScramUser {
  /** The user's name, without `User:`. */
  readonly user: string
  /** What the user can authenticate with, and how often its password is hashed. */
  readonly credentials: readonly { readonly mechanism: ScramName; readonly iterations: number }[]
}

const saltBytes = 32
const changeFields = ['user', 'mechanism', 'password', 'iterations'] satisfies (keyof ScramChange)[]

/** Sets and deletes credentials, of a user one at a time. @throws for the first that fails */
export async function alterScramCredentials(
  cluster: Cluster,
  changes: readonly ScramChange[],
  options: OperationOptions,
): Promise<void> {
  // What has its password under another name would be a deletion.
  for (const change of changes) onlyFields(change, changeFields)
  const deletions = changes.filter(({ password }) => password === undefined)
  const upsertions = changes.filter(({ password }) => password !== undefined)
  const input = {
    deletions: deletions.map(({ user, mechanism }) => {
      return { name: user, mechanism: mechanismOf(mechanism).type }
    }),
    upsertions: await Promise.all(upsertions.map((change) => upsertionOf(cluster, change))),
  }
  const action = 'change SCRAM credentials'
  // What was deleted is not found the second time.
  const task = { ...controllerTask(action, options), isRepeatable: deletions.length === 0 }
  await cluster.run(task, async ({ channel, signal }) => {
    const { results } = await channel.request(alterUserScramCredentials, input, { signal })
    for (const { user, ...answer } of results) throwIfError(`${action} of '${user}'`, answer)
  })
}

/** Lists the users that have SCRAM credentials, all of them or those that are named. */
export async function describeScramCredentials(
  cluster: Cluster,
  users: readonly string[] | undefined,
  options: OperationOptions,
): Promise<ScramUser[]> {
  const action = 'list SCRAM credentials'
  const task = { ...options, action, target: 'any' } as const
  return cluster.run(task, async ({ channel, signal }) => {
    const input = { users: users?.map((name) => ({ name })) ?? null }
    const answer = await channel.request(describeUserScramCredentials, input, { signal })
    throwIfError(action, answer)
    return answer.results.map(({ user, errorCode, errorMessage, credentialInfos }) => {
      throwIfError(`${action} of '${user}'`, { errorCode, errorMessage })
      const credentials = credentialInfos.flatMap(({ mechanism, iterations }) => {
        const known = scramMechanisms.find(({ type }) => type === mechanism)
        return known ? [{ mechanism: known.name, iterations }] : []
      })
      return { user, credentials }
    })
  })
}

export async function createAcls(
  cluster: Cluster,
  acls: readonly Acl[],
  options: OperationOptions,
): Promise<void> {
  const action = 'create ACLs'
  const creations = acls.map(numbered)
  await cluster.run(controllerTask(action, options), async ({ channel, signal }) => {
    const { results } = await channel.request(createAclsApi, { creations }, { signal })
    for (const answer of results) throwIfError(action, answer)
  })
}

export async function describeAcls(
  cluster: Cluster,
  filter: AclFilter,
  options: OperationOptions,
): Promise<Required<Acl>[]> {
  const action = 'list ACLs'
  const task = { ...options, action, target: 'any' } as const
  const input = numberedFilter(filter)
  return cluster.run(task, async ({ channel, signal }) => {
    const answer = await channel.request(describeAclsApi, input, { signal })
    throwIfError(action, answer)
    return answer.resources.flatMap(({ acls, patternType, ...resource }) =>
      acls.map((acl) => named({ ...resource, ...acl, resourcePatternType: patternType })),
    )
  })
}

/** Deletes the ACLs that match `filter`; returns them. */
export async function deleteAcls(
  cluster: Cluster,
  filter: AclFilter,
  options: OperationOptions,
): Promise<Required<Acl>[]> {
  const action = 'delete ACLs'
  const filters = [numberedFilter(filter)]
  return cluster.run(controllerTask(action, options), async ({ channel, signal }) => {
    const { filterResults } = await channel.request(deleteAclsApi, { filters }, { signal })
    return filterResults.flatMap(({ errorCode, errorMessage, matchingAcls }) => {
      throwIfError(action, { errorCode, errorMessage })
      return matchingAcls.map(({ patternType, ...acl }) => {
        throwIfError(action, acl)
        return named({ ...acl, resourcePatternType: patternType })
      })
    })
  })
}

/** Done twice, the second time changes nothing. */
function controllerTask(action: string, options: OperationOptions): Task {
  return { ...options, action, target: 'controller' }
}

async function upsertionOf(cluster: Cluster, change: ScramChange) {
  const { user, password, iterations = iterationsMin } = change
  const { type, hash } = mechanismOf(change.mechanism)
  const salt = cluster.platform.random.bytes(saltBytes)
  const saltedPassword = await stretch(hash, password!, { salt, iterations })
  return { name: user, mechanism: type, iterations, salt, saltedPassword }
}

function mechanismOf(name: ScramName = 'SCRAM-SHA-256') {
  const names = scramMechanisms.map((mechanism) => mechanism.name)
  oneOf('mechanism', name, names)
  return scramMechanisms.find((mechanism) => mechanism.name === name)!
}
