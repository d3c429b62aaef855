/**
 * The authorization matrix: Apache Kafka and our broker with the same users and ACLs, of which each
 * user has one; every API is asked by every user, and who is allowed what is compared.
 */

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { advertisedApis } from '../../src/broker/handlers.ts'
import { withFolder } from '../../src/server/offline.ts'
import type { Api } from '../../src/protocol/api.ts'
import { apiVersions } from '../../src/protocol/api-versions.ts'
import { createAcls } from '../../src/protocol/create-acls.ts'
import { createTopics } from '../../src/protocol/create-topics.ts'
import { errorCodes } from '../../src/protocol/error-codes.ts'
import { findCoordinator } from '../../src/protocol/find-coordinator.ts'
import { initProducerId } from '../../src/protocol/init-producer-id.ts'
import { metadata } from '../../src/protocol/metadata.ts'
import { saslAuthenticate } from '../../src/protocol/sasl-authenticate.ts'
import { saslHandshake } from '../../src/protocol/sasl-handshake.ts'
import { aclCases } from './authorization/acl-cases.ts'
import { isListed } from './authorization/differences.ts'
import type { MatrixRequest } from './authorization/matrix-request.ts'
import { outcomeOf, type Outcome } from './authorization/outcome.ts'
import { allPrincipals, names, password } from './authorization/principals.ts'
import { commitRequest, matrixRequests } from './authorization/requests.ts'
import { startBoth, type BothBrokers } from './both-brokers.ts'
import { Side, type NoAnswer } from './differential/side.ts'

const admin = 'admin'
const principals = allPrincipals()
const timeoutMs = 30_000
const retryMs = 20
const notThere = errorCodes.UNKNOWN_TOPIC_OR_PARTITION
const alreadyThere = errorCodes.TOPIC_ALREADY_EXISTS

let brokers: BothBrokers
const sides: Side[] = []

before(async () => {
  const users = [admin, ...principals.map(({ user }) => user)]
  const groups = { initialRebalanceDelayMs: 0 }
  brokers = await startBoth({
    own: { authentication: 'required', superUsers: [admin], groups },
    properties: securityOf(users),
    prepare: (dataFolder) =>
      withFolder(dataFolder, ({ admin: client }) =>
        client.alterScramCredentials(users.map((user) => ({ user, password }))),
      ),
  })
  sides.push(new Side('theirs', brokers.theirs), new Side('ours', brokers.ours))
  await Promise.all(sides.map(prepare))
})
after(async () => {
  for (const side of sides) side.close()
  await brokers?.stop()
})

/** Our PLAIN takes the passwords of SCRAM users; Apache Kafka's has a list of its own. */
function securityOf(users: readonly string[]): Record<string, string> {
  const list = users.map((user) => `user_${user}="${password}"`).join(' ')
  const login = 'org.apache.kafka.common.security.plain.PlainLoginModule required'
  return {
    'listener.security.protocol.map':
      'CLIENTS:SASL_PLAINTEXT,BROKERS:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'sasl.enabled.mechanisms': 'PLAIN',
    'listener.name.clients.plain.sasl.jaas.config': `${login} ${list};`,
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    // The broker is nobody to itself.
    'super.users': `User:${admin};User:ANONYMOUS`,
  }
}

/** Makes what requests are about, and the ACLs. */
async function prepare(side: Side): Promise<void> {
  await logIn(side, admin)
  if (side.name === 'theirs') await learnVersions(side)
  await makeTopic(side)
  // Apache Kafka makes its internal topics when it is first asked for a coordinator.
  for (const keyType of [0, 1]) {
    await untilNone(async () => {
      const wanted = { keyType, coordinatorKeys: ['m-any'] }
      return (await ask(side, admin, [findCoordinator, 6], wanted)).coordinators[0]!
    })
  }
  await untilNone(() => ask(side, admin, [initProducerId, 4], { transactionTimeoutMs: 1000 }))
  const { transactionalId } = names
  const transactional = { transactionalId, transactionTimeoutMs: 1000 }
  await untilNone(() => ask(side, admin, [initProducerId, 4], transactional))
  await commit(side)
  const creations = principals.flatMap(({ acls }) =>
    acls.map(({ patternType: resourcePatternType, ...acl }) => ({ ...acl, resourcePatternType })),
  )
  const { results } = await ask(side, admin, [createAcls, 3], { creations })
  assert.ok(results.every(({ errorCode }) => errorCode === 0))
}

async function learnVersions(side: Side): Promise<void> {
  const names = { clientSoftwareName: 'matrix', clientSoftwareVersion: '1' }
  const { apiKeys } = await ask(side, admin, [apiVersions, 3], names)
  for (const { apiKey, maxVersion } of apiKeys) newestOfTheirs.set(apiKey, maxVersion)
}

async function makeTopic(side: Side): Promise<void> {
  const { topic: name } = names
  const made = { name, numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] }
  await untilNone(async () => {
    const { topics } = await ask(side, admin, [createTopics, 7], { topics: [made], timeoutMs })
    const [topic] = topics
    if (topic!.errorCode === 0) topicIds.set(side, topic!.topicId)
    return topic!.errorCode === alreadyThere ? { errorCode: 0 } : topic!
  })
  await untilNone(async () => {
    const wanted = { topics: [{ name }], allowAutoTopicCreation: false }
    const { topics } = await ask(side, admin, [metadata, 12], wanted)
    const [topic] = topics
    // For a while Apache Kafka may still tell of the one that was deleted.
    if (topic!.topicId !== topicIds.get(side)) return { errorCode: notThere }
    return { errorCode: topic!.errorCode || (topic!.partitions[0]?.errorCode ?? notThere) }
  })
}

const topicIds = new Map<Side, string>()
const newestOfTheirs = new Map<number, number>()

async function commit(side: Side): Promise<void> {
  await untilNone(async () => {
    const answer = (await askAs(side, admin, commitRequest)) as { topics: CommitTopic[] }
    return answer.topics[0]!.partitions[0]!
  })
}
interface CommitTopic {
  readonly partitions: readonly { readonly errorCode: number }[]
}

async function untilNone(attempt: () => Promise<{ readonly errorCode: number }>): Promise<void> {
  const deadline = Date.now() + timeoutMs
  for (;;) {
    const { errorCode } = await attempt()
    if (errorCode === errorCodes.NONE) return
    if (Date.now() > deadline) throw new Error(`error ${errorCode} for ${timeoutMs} ms`)
    await new Promise((resolve) => setTimeout(resolve, retryMs))
  }
}

async function logIn(side: Side, user: string): Promise<void> {
  await ask(side, user, [saslHandshake, 1], { mechanism: 'PLAIN' })
  const authBytes = new TextEncoder().encode(`\0${user}\0${password}`)
  const { errorCode, errorMessage } = await ask(side, user, [saslAuthenticate, 2], { authBytes })
  assert.equal(errorCode, 0, `${side.name} ${user}: ${errorMessage}`)
}

/** Asks what must be answered. */
async function ask<Request, Response, Input, ResponseInput>(
  side: Side,
  connection: string,
  [api, version]: readonly [Api<Request, Response, Input, ResponseInput>, number],
  body: Input,
): Promise<Response> {
  const answer = await side.request(api, version, { body, connection })
  if (isNoAnswer(answer)) throw new Error(`${side.name}: no answer, ${answer.noAnswer}`)
  return answer
}

function isNoAnswer(answer: unknown): answer is NoAnswer {
  return typeof answer === 'object' && answer !== null && 'noAnswer' in answer
}

async function askAs(side: Side, user: string, asked: MatrixRequest): Promise<unknown> {
  const body = asked.body({ topicId: topicIds.get(side)!, user })
  const answer = await side.request(asked.api, versionOf(asked), { body, connection: user })
  // A connection that was closed is a new one now, that has to say whose it is.
  if (isNoAnswer(answer)) await logIn(side, user)
  return answer
}

/** The version that both brokers know. */
function versionOf({ api, version }: MatrixRequest): number {
  return Math.min(version, newestOfTheirs.get(api.key) ?? version)
}

/** Returns what each side says, and brings back what was taken away. */
async function compare(user: string, asked: MatrixRequest): Promise<[Outcome, Outcome]> {
  const outcomes = await Promise.all(
    sides.map(async (side) => {
      const answer = await askAs(side, user, asked)
      return isNoAnswer(answer) ? answer.noAnswer : outcomeOf(answer)
    }),
  )
  if (asked.takesAway === 'topic') await Promise.all(sides.map(makeTopic))
  // Offsets go with their topic.
  if (asked.takesAway) await Promise.all(sides.map(commit))
  return outcomes as [Outcome, Outcome]
}

async function differencesFor(user: string, requests: readonly MatrixRequest[]): Promise<string[]> {
  // The administrator is there already.
  if (user !== admin) await Promise.all(sides.map((side) => logIn(side, user)))
  const found: string[] = []
  for (const asked of requests) {
    const [theirs, ours] = await compare(user, asked)
    if (JSON.stringify(theirs) === JSON.stringify(ours)) continue
    if (isListed(asked.name, theirs, ours)) continue
    const lines = [`${user}: ${asked.name} v${versionOf(asked)}`]
    lines.push(`  Kafka  ${JSON.stringify(theirs)}`, `  ours   ${JSON.stringify(ours)}`)
    found.push(lines.join('\n'))
  }
  if (user !== admin) for (const side of sides) side.disconnect(user)
  return found
}

test('every API that is served is in the matrix, but those that anybody may ask', () => {
  const open = [apiVersions, saslHandshake, saslAuthenticate].map(({ key }) => key)
  const asked = new Set([...open, ...matrixRequests.map(({ api }) => api.key)])
  const missing = advertisedApis.filter(({ apiKey }) => !asked.has(apiKey))
  assert.deepEqual(missing, [])
})

test('every API allows and refuses every principal as Apache Kafka does', async () => {
  const found: string[] = []
  for (const { user } of principals) found.push(...(await differencesFor(user, matrixRequests)))
  const cells = principals.length * matrixRequests.length
  process.stdout.write(
    `${principals.length} principals, ${matrixRequests.length} requests: ` +
      `${cells} answers compared, ${found.length} differ\n`,
  )
  assert.deepEqual(found.length, 0, found.join('\n'))
})

test('ACLs are made, found and removed as by Apache Kafka', async () => {
  const found = await differencesFor(admin, aclCases)
  process.stdout.write(`${aclCases.length} requests about ACLs, ${found.length} differ\n`)
  assert.deepEqual(found.length, 0, found.join('\n'))
})
