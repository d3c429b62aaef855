/** What `/metrics` tells, to whom, and that it is what the server has really done. */

import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test, type TestContext } from 'node:test'
import { Kafka } from '../../src/index-node.ts'
import { silentLogger } from '../../src/runtime/runtime.ts'
import { withFolder } from '../../src/server/offline.ts'
import { KafkaServer } from '../../src/server/server.ts'
import type { ServerOptions } from '../../src/server/server-options.ts'

const folder = mkdtempSync(join(tmpdir(), 'kafka-do-metrics-'))
after(() => rmSync(folder, { recursive: true }))

async function serving(context: TestContext, options: ServerOptions): Promise<KafkaServer> {
  const server = await KafkaServer.start({ port: 0, logger: silentLogger, ...options })
  context.after(() => server.close())
  return server
}

/** Returns what is scraped, by name and labels as they are written. */
async function scrape(server: KafkaServer): Promise<ReadonlyMap<string, number>> {
  const answer = await fetch(`${server.url}/metrics`)
  assert.equal(answer.status, 200)
  assert.equal(answer.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8')
  const lines = (await answer.text()).split('\n').filter((line) => /^[^#]/.test(line))
  const values = lines.map((line) => {
    const at = line.lastIndexOf(' ')
    return [line.slice(0, at), Number(line.slice(at))] as const
  })
  assert.equal(new Map(values).size, values.length, 'no sample comes twice')
  return new Map(values)
}

test('records, bytes, groups and requests are counted as they were', async (context) => {
  const server = await serving(context, { dataFolder: join(folder, 'open') })
  await using kafka = new Kafka({ url: server.url })
  await kafka.admin.createTopic('orders', { partitions: 2 })
  const producer = kafka.producer('orders')
  const before = await scrape(server)
  for (let amount = 0; amount < 10; amount++) await producer.send({ amount }, { partition: 1 })
  const consumer = kafka.consumer('orders', { group: 'billing' })
  for await (const record of consumer.take(4)) await record.commit()
  await consumer.close()
  const now = await scrape(server)

  const grown = (name: string): number => now.get(name)! - (before.get(name) ?? 0)
  const place = 'topic="orders",partition="1"'
  assert.equal(now.get('kafka_topic_partitions{topic="orders"}'), 2)
  assert.equal(now.get(`kafka_topic_partition_current_offset{${place}}`), 10)
  assert.equal(now.get(`kafka_topic_partition_oldest_offset{${place}}`), 0)
  const storedBytes = now.get(`kafka_do_topic_partition_size_bytes{${place}}`)
  assert.equal(grown('kafka_do_topic_produced_bytes_total{topic="orders"}'), storedBytes)
  assert.equal(now.get('kafka_do_topic_fetched_bytes_total{topic="orders"}'), storedBytes)
  const progress = `{consumergroup="billing",${place}}`
  const committed = now.get(`kafka_consumergroup_current_offset${progress}`)!
  assert.equal(committed, 4)
  assert.equal(now.get(`kafka_consumergroup_lag${progress}`), 6)
  assert.equal(now.get('kafka_consumergroup_members{consumergroup="billing"}'), 0)
  assert.equal(grown('kafka_do_request_duration_seconds_count{api="Produce"}'), 10)
  assert.ok(grown('kafka_do_sync_duration_seconds_count') >= 10)
  assert.ok(now.get('kafka_do_disk_free_bytes')! > 0)
  assert.equal(now.get('kafka_do_health{status="ok"}'), 1)
  assert.ok(grown('process_cpu_seconds_total') > 0)
  assert.ok(grown('kafka_do_event_loop_active_seconds_total') > 0)
})

test('in memory there is neither a disk to tell of, nor a sync', async (context) => {
  const server = await serving(context, { dataFolder: 'memory:' })
  const names = [...(await scrape(server)).keys()]
  assert.deepEqual(
    names.filter((name) => /disk|sync/.test(name)),
    [],
  )
})

test('who may describe the cluster sees it, with an API key; failures are counted', async (context) => {
  const dataFolder = join(folder, 'guarded')
  await withFolder(dataFolder, ({ admin }) =>
    admin.alterScramCredentials([
      { user: 'root', password: 'secret' },
      { user: 'ann', password: 'secret' },
    ]),
  )
  const guarded = { authentication: 'required', superUsers: ['root'] } as const
  const server = await serving(context, { dataFolder, ...guarded, failedAuthenticationDelayMs: 0 })
  const ask = (key?: string): Promise<Response> => {
    const headers = key === undefined ? undefined : { authorization: `Bearer ${key}` }
    return fetch(`${server.url}/metrics`, headers ? { headers } : {})
  }
  assert.equal((await ask()).status, 401)
  assert.equal((await ask('ann.secret')).status, 403)
  assert.equal((await ask('root.wrong')).status, 401)
  await using kafka = new Kafka({ url: server.url, apiKey: 'ann.wrong', retries: 0 })
  await assert.rejects(kafka.admin.describeCluster())
  const answer = await ask('root.secret')
  assert.equal(answer.status, 200)
  assert.match(await answer.text(), /^kafka_do_failed_authentications_total 2$/m)
})

test('only GET and HEAD, and HEAD without a body', async (context) => {
  const server = await serving(context, { dataFolder: 'memory:' })
  const head = await fetch(`${server.url}/metrics`, { method: 'HEAD' })
  assert.deepEqual([head.status, await head.text()], [200, ''])
  assert.equal((await fetch(`${server.url}/metrics`, { method: 'POST' })).status, 405)
})
