/**
 * AlterUserScramCredentials (KIP-554): sets and takes away what users prove themselves with. What
 * was theirs before ends their connections at once, which Kafka leaves open.
 */

import type {
  alterUserScramCredentials,
  AlterUserScramCredentialsRequest,
} from '../../protocol/alter-user-scram-credentials.ts'
import { errorCodes, type ErrorName } from '../../protocol/error-codes.ts'
import { iterationsMax, iterationsMin, scramKeys, scramMechanisms } from '../../sasl/scram.ts'
import { orRefusal } from '../request-error.ts'
import type { Handler } from '../request-context.ts'
import { may } from '../security/access.ts'
import type { Credential, CredentialId, Credentials } from '../security/credentials.ts'

type Deletion = AlterUserScramCredentialsRequest['deletions'][number]
type Upsertion = AlterUserScramCredentialsRequest['upsertions'][number]
type Problem = readonly [ErrorName, string]

/** What becomes of one user: there is at most one change of each. */
type Change = { readonly deleted: CredentialId } | { readonly set: Upsertion } | Problem

export const handleAlterUserScramCredentials: Handler<typeof alterUserScramCredentials> = async (
  { deletions, upsertions },
  context,
) => {
  const { broker, session } = context
  const { credentials } = broker
  if (!may(context, 'alter', 'cluster')) {
    const names = new Set([...deletions, ...upsertions].map(({ name }) => name))
    const problem: Problem = ['CLUSTER_AUTHORIZATION_FAILED', 'Cluster authorization failed.']
    return { results: [...names].map((name) => resultOf(name, problem)) }
  }
  // Before the first look at what there is: a decision does not wait in the middle.
  const made = new Map<Upsertion, Credential>()
  for (const upsertion of upsertions) {
    if (!problemOf(upsertion)) made.set(upsertion, await credentialOf(upsertion))
  }
  const changes = [...decide(deletions, upsertions, credentials)]
  const deleted = changes.flatMap(([, change]) => ('deleted' in change ? [change.deleted] : []))
  const set = changes.flatMap(([, change]) => ('set' in change ? [made.get(change.set)!] : []))
  const results = changes.map(([name, change]) => resultOf(name, change))
  if (deleted.length + set.length === 0) return { results }
  const durable = orRefusal(() => credentials.alter({ deleted, set }, session))
  if ('errorCode' in durable) return { results: results.map((one) => ({ ...one, ...durable })) }
  await durable
  return { results }
}

function decide(
  deletions: readonly Deletion[],
  upsertions: readonly Upsertion[],
  credentials: Credentials,
): Map<string, Change> {
  const changes = new Map<string, Change>()
  const add = (name: string, change: Change): void => {
    const known = changes.get(name)
    if (known && !isProblem(known)) changes.set(name, duplicate)
    else if (!known) changes.set(name, change)
  }
  for (const { name, mechanism } of deletions) {
    const deleted = { user: name, mechanism }
    const missing = credentials.get(deleted) ? undefined : notFound
    add(name, problemOfName(name, mechanism) ?? missing ?? { deleted })
  }
  for (const upsertion of upsertions) {
    add(upsertion.name, problemOf(upsertion) ?? { set: upsertion })
  }
  return changes
}

const duplicate: Problem = [
  'DUPLICATE_RESOURCE',
  'A user credential cannot be altered twice in the same request',
]
const notFound: Problem = [
  'RESOURCE_NOT_FOUND',
  'Attempt to delete a user credential that does not exist',
]

function problemOfName(name: string, mechanism: number): Problem | undefined {
  if (name === '') return ['UNACCEPTABLE_CREDENTIAL', 'Username must not be empty']
  if (scramMechanisms.some(({ type }) => type === mechanism)) return undefined
  return ['UNSUPPORTED_SASL_MECHANISM', 'Unknown SCRAM mechanism']
}

function problemOf(upsertion: Upsertion): Problem | undefined {
  const { name, mechanism, iterations, saltedPassword } = upsertion
  const problem = problemOfName(name, mechanism)
  if (problem) return problem
  if (iterations < iterationsMin) return ['UNACCEPTABLE_CREDENTIAL', 'Too few iterations']
  if (iterations > iterationsMax) return ['UNACCEPTABLE_CREDENTIAL', 'Too many iterations']
  if (saltedPassword.length > 0) return undefined
  return ['UNACCEPTABLE_CREDENTIAL', 'The salted password must not be empty']
}

async function credentialOf(upsertion: Upsertion): Promise<Credential> {
  const { name: user, mechanism, salt, iterations, saltedPassword } = upsertion
  const { hash } = scramMechanisms.find(({ type }) => type === mechanism)!
  return { user, mechanism, salt, iterations, ...(await scramKeys(hash, saltedPassword)) }
}

function isProblem(change: Change): change is Problem {
  return Array.isArray(change)
}

function resultOf(
  user: string,
  change: Change,
): { user: string; errorCode: number; errorMessage: string | null } {
  if (!isProblem(change)) return { user, errorCode: errorCodes.NONE, errorMessage: null }
  const [name, errorMessage] = change
  return { user, errorCode: errorCodes[name], errorMessage }
}
