import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { Kafka } from '../../src/index-node.ts'
import { silentLogger } from '../../src/runtime/runtime.ts'
import { KafkaServer } from '../../src/server/server.ts'

const main = join(import.meta.dirname, '..', '..', 'src', 'cli', 'main.ts')
const folder = mkdtempSync(join(tmpdir(), 'kafka-do-keys-'))
let server: KafkaServer
let adminKey: string

interface Key {
  readonly id: string
  readonly key: string
}

before(async () => {
  const made = await kafkaDo(`key create --allow admin --name root --data-folder ${folder}`)
  adminKey = (JSON.parse(made.stdout) as Key).key
  server = await KafkaServer.start({
    port: 0,
    dataFolder: folder,
    authentication: 'required',
    logger: silentLogger,
  })
})
after(async () => {
  await server.close()
  rmSync(folder, { recursive: true })
})

/** Runs `kafka.do` as the administrator, or as nobody before there is one. */
async function kafkaDo(words: string, { exitCode = 0 } = {}) {
  const known = adminKey ? { KAFKA_DO_URL: server.url, KAFKA_DO_API_KEY: adminKey } : {}
  const { code, stdout, stderr } = await run(words, known)
  assert.equal(code, exitCode, stderr)
  return { stdout, stderr }
}

async function run(words: string, known: Readonly<Record<string, string>>) {
  const child = spawn(process.execPath, [main, ...words.split(' ')], {
    env: { ...process.env, ...known },
  })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (text: Buffer) => (stdout += text.toString()))
  child.stderr.on('data', (text: Buffer) => (stderr += text.toString()))
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, stdout, stderr }
}

function withKey(apiKey: string, scheme = 'http'): Kafka {
  const url = server.url.replace('http', scheme)
  return new Kafka({ url, apiKey, retries: 0, timeout: '10s' })
}

test('keys of a folder that there is not are none, and none is made', async () => {
  const missing = join(folder, 'missing')
  for (const words of ['key list', 'key revoke root']) {
    const { stderr } = await kafkaDo(`${words} --data-folder ${missing}`, { exitCode: 2 })
    assert.match(stderr, /there is no folder/)
  }
  assert.equal(existsSync(missing), false)
})

test('a key may do what it was allowed, until it is revoked amid a stream', async () => {
  const grants = '--allow produce:orders --allow consume:orders:app-*'
  const { id, key } = JSON.parse((await kafkaDo(`key create --name app ${grants}`)).stdout) as Key
  const listed = await kafkaDo('key list')
  const allow = 'create, describe, read, write topic orders; read group app-*'
  assert.ok(listed.stdout.includes(`${JSON.stringify({ id, allow })}\n`), listed.stdout)

  await using kafka = withKey(key)
  await using scram = withKey(key, 'kafka')
  await kafka.produce('orders', { number: 1 })
  await scram.produce('orders', { number: 2 })
  const refused = { code: 'unauthorized' }
  await assert.rejects(kafka.produce('payments', {}), refused)
  await assert.rejects(kafka.admin.createTopic('payments'), refused)
  await assert.rejects(kafka.consumer('orders', { group: 'other' }).next(), refused)

  const pageFor = async (bearer: string): Promise<number> =>
    (await fetch(server.url, { headers: { authorization: `Bearer ${bearer}` } })).status
  assert.deepEqual([await pageFor(key), await pageFor(adminKey)], [403, 200])

  const consumer = kafka.consumer('orders', { group: 'app-1', offset: 'earliest' })
  assert.deepEqual((await consumer.next())?.value, { number: 1 })
  assert.deepEqual((await consumer.next())?.value, { number: 2 })
  const rest = consumer.next().then(
    () => 'a record',
    (error: { code?: string }) => error.code,
  )
  await kafkaDo(`key revoke ${id}`)
  assert.equal(await rest, 'unauthorized')
  await assert.rejects(scram.produce('orders', { number: 3 }), refused)
  await using admin = withKey(adminKey)
  const users = await admin.admin.describeScramCredentials()
  assert.ok(users.every(({ user }) => user !== id))
  assert.deepEqual(await admin.admin.describeAcls({ principal: `User:${id}` }), [])
})

test('a key to monitor sees the metrics, and no records', async () => {
  const made = await kafkaDo('key create --name grafana --allow monitor')
  const { key } = JSON.parse(made.stdout) as Key
  const headers = { authorization: `Bearer ${key}` }
  assert.equal((await fetch(`${server.url}/metrics`, { headers })).status, 200)
  await using kafka = withKey(key)
  await assert.rejects(kafka.consumer('orders').next(), { name: 'UnauthorizedError' })
})

test('who has no key is told so', async () => {
  const overWebSocket = await run('key create --allow admin', { KAFKA_DO_URL: server.url })
  assert.equal(overWebSocket.code, 1)
  assert.match(overWebSocket.stderr, /an API key is needed: .*KAFKA_DO_API_KEY \(unauthorized\)\n/)
  const overTcp = await run('topic list', { KAFKA_DO_URL: server.url.replace('http', 'kafka') })
  assert.equal(overTcp.code, 1)
  assert.match(overTcp.stderr, /\(disconnected\); if it asks who you are, set KAFKA_DO_API_KEY\n/)
})

test('key revoke takes the very user it is told, or the key that was pasted', async () => {
  await using kafka = withKey(adminKey)
  const users = async (): Promise<string[]> =>
    (await kafka.admin.describeScramCredentials()).map(({ user }) => user)
  for (const user of ['alice', 'alice.smith']) {
    await kafka.admin.alterScramCredentials([{ user, password: 'secret' }])
  }
  await kafka.admin.createAcls([
    { principal: 'User:alice', resourceType: 'topic', resourceName: 'a', operation: 'read' },
  ])

  const { stderr } = await kafkaDo('key revoke alice.smyth', { exitCode: 1 })
  assert.match(stderr, /not exist: alice\.smyth/)
  assert.equal((await kafkaDo('key revoke alice.smith')).stderr, 'revoked alice.smith\n')
  const left = await users()
  assert.deepEqual([left.includes('alice'), left.includes('alice.smith')], [true, false])
  assert.equal((await kafka.admin.describeAcls({ principal: 'User:alice' })).length, 1)

  const { id, key } = JSON.parse((await kafkaDo('key create --allow admin')).stdout) as Key
  assert.equal((await kafkaDo(`key revoke ${key}`)).stderr, `revoked ${id}\n`)
  assert.ok(!(await users()).includes(id))
})
