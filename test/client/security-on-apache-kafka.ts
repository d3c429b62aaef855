/**
 * How the SDK says who it is, on Apache Kafka: SASL by each mechanism and certificates, over TLS;
 * and again and again while a session may last no longer than a moment. Needs Java.
 */

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { Kafka, type KafkaOptions, type SaslOptions } from '../../src/index-node.ts'
import { freePorts, startApacheKafka, type ApacheKafka } from '../support/apache-kafka.ts'

const fixtures = join(import.meta.dirname, '..', 'fixtures', 'tls')
const pem = (name: string): string => readFileSync(join(fixtures, `${name}.pem`), 'utf8')
const ca = pem('ca')
const password = 'se=c,ret'
const scramMechanisms = ['SCRAM-SHA-256', 'SCRAM-SHA-512'] as const
const sessionMs = 1500

let broker: ApacheKafka
let securePort = 0
/** Asks for a certificate, and for nothing else. */
let certifiedPort = 0

before(async () => {
  ;[securePort = 0, certifiedPort = 0] = await freePorts(2)
  broker = await startApacheKafka({
    furtherListeners: { SECURE: securePort, CERTIFIED: certifiedPort },
    properties: {
      'listener.security.protocol.map':
        'CLIENTS:PLAINTEXT,SECURE:SASL_SSL,CERTIFIED:SSL,BROKERS:PLAINTEXT,CONTROLLER:PLAINTEXT',
      'ssl.keystore.type': 'PEM',
      'ssl.keystore.certificate.chain': oneLine(pem('server')),
      'ssl.keystore.key': oneLine(pem('server-key')),
      'ssl.truststore.type': 'PEM',
      'ssl.truststore.certificates': oneLine(ca),
      'listener.name.certified.ssl.client.auth': 'required',
      'sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER',
      ...login('plain', `plain.PlainLoginModule required user_admin="${password}"`),
      ...login('scram-sha-256', 'scram.ScramLoginModule required'),
      ...login('scram-sha-512', 'scram.ScramLoginModule required'),
      // It takes tokens that nobody has signed, for tests.
      ...login('oauthbearer', 'oauthbearer.OAuthBearerLoginModule required'),
      'listener.name.secure.scram-sha-512.connections.max.reauth.ms': String(sessionMs),
    },
  })
  await withClient(asAdmin, setPasswords)
})
after(() => broker?.stop())

/** Gives a user a password for each mechanism; resolves when the broker has heard of it. */
async function setPasswords({ admin }: Kafka): Promise<void> {
  const user = 'ann'
  for (const mechanism of scramMechanisms) {
    await admin.alterScramCredentials([{ user, mechanism, password }])
  }
  const isKnown = async (): Promise<boolean> => {
    const [known] = await admin.describeScramCredentials()
    return known?.credentials.length === scramMechanisms.length
  }
  while (!(await isKnown())) await setTimeout(20)
}

function login(mechanism: string, module: string): Record<string, string> {
  const name = `listener.name.secure.${mechanism}.sasl.jaas.config`
  return { [name]: `org.apache.kafka.common.security.${module};` }
}

/** As Java's properties take a text of several lines. */
function oneLine(text: string): string {
  return text.trim().replaceAll('\n', '\\n')
}

const asAdmin: SaslOptions = { mechanism: 'PLAIN', username: 'admin', password }

async function withClient<Result>(
  sasl: SaslOptions | undefined,
  work: (kafka: Kafka) => Promise<Result>,
  options: KafkaOptions = {},
): Promise<Result> {
  await using kafka = new Kafka({
    url: `kafkas://127.0.0.1:${securePort}`,
    tls: { ca },
    ...(sasl && { sasl }),
    timeout: '20s',
    ...options,
  })
  return await work(kafka)
}

/** Sends a record to a topic of that name, and reads it in a group. */
async function sendAndRead(kafka: Kafka, topic: string): Promise<unknown> {
  await kafka.produce(topic, topic)
  return (await kafka.consumer(topic, { group: topic }).first())?.value
}

/** A JWT that nobody has signed. */
function unsigned(claims: Record<string, unknown>): string {
  const encode = (part: unknown): string => Buffer.from(JSON.stringify(part)).toString('base64url')
  return `${encode({ alg: 'none' })}.${encode(claims)}.`
}

function tokenFor(user: string, seconds: number): string {
  const now = Date.now() / 1000
  return unsigned({ sub: user, iat: now, exp: now + seconds })
}

test('a password proves who we are: PLAIN and SCRAM', async () => {
  for (const mechanism of scramMechanisms) {
    const sasl = { mechanism, username: 'ann', password } as const
    assert.equal(await withClient(sasl, (kafka) => sendAndRead(kafka, mechanism)), mechanism)
    const wrong = { ...sasl, password: 'guess' }
    await assert.rejects(
      withClient(wrong, ({ admin }) => admin.describeCluster()),
      {
        code: 'unauthorized',
      },
    )
  }
  assert.equal(await withClient(asAdmin, (kafka) => sendAndRead(kafka, 'plain')), 'plain')
})

test('a token does, and one that the broker refuses says why', async () => {
  const by = (token: string) => ({ mechanism: 'OAUTHBEARER', token: () => token }) as const
  const sasl = by(tokenFor('ann', 60))
  assert.equal(await withClient(sasl, (kafka) => sendAndRead(kafka, 'token')), 'token')
  const outdated = by(tokenFor('ann', -60))
  await assert.rejects(
    withClient(outdated, ({ admin }) => admin.describeCluster()),
    {
      code: 'unauthorized',
      message: /invalid_token/,
    },
  )
})

test('a token may have extensions, and come later', async () => {
  const token = async () => ({
    value: tokenFor('ann', 60),
    extensions: { logicalCluster: 'lkc-1', identityPoolId: 'pool 1' },
  })
  const sasl = { mechanism: 'OAUTHBEARER', token } as const
  assert.ok(await withClient(sasl, async ({ admin }) => (await admin.describeCluster()).id))
})

test('a certificate does, where that is asked for', async () => {
  const url = `kafkas://127.0.0.1:${certifiedPort}`
  const tls = { ca, cert: pem('client'), key: pem('client-key') }
  const found = await withClient(undefined, (kafka) => sendAndRead(kafka, 'certificate'), {
    url,
    tls,
  })
  assert.equal(found, 'certificate')
  const without = withClient(undefined, ({ admin }) => admin.describeCluster(), {
    url,
    retries: 0,
  })
  await assert.rejects(without, { code: 'disconnected' })
})

test('sessions that end are renewed while records go to and fro', async () => {
  let tokenCount = 0
  const token = (): string => {
    tokenCount++
    return tokenFor('ann', (2 * sessionMs) / 1000)
  }
  const sessions: SaslOptions[] = [
    { mechanism: 'SCRAM-SHA-512', username: 'ann', password },
    { mechanism: 'OAUTHBEARER', token },
  ]
  await Promise.all(
    sessions.map((sasl) => withClient(sasl, (kafka) => goOn(kafka, `renewed-${sasl.mechanism}`))),
  )
  assert.ok(tokenCount > 10, `${tokenCount} tokens were asked for`)
})

/** Sends and reads for some sessions; each record is there once, in order, and nothing fails. */
async function goOn(kafka: Kafka, topic: string): Promise<void> {
  const endMs = Date.now() + 8 * sessionMs
  const producer = kafka.producer<number>(topic)
  await producer.send(0)
  let expected = 0
  for await (const { value } of kafka.consumer<number>(topic, { group: topic })) {
    assert.equal(value, expected)
    if (Date.now() > endMs) return
    await producer.send(++expected)
  }
}
