/**
 * A data folder with damage, from the operator's side: the broker refuses it and says what to type,
 * `kafka.do repair` gives up what is damaged and nothing else, and the broker starts.
 */

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { Kafka } from '../../src/index-node.ts'
import { silentLogger } from '../../src/runtime/runtime.ts'
import { withFolder } from '../../src/server/offline.ts'
import { KafkaServer } from '../../src/server/server.ts'
import { startOwnBroker } from '../support/own-broker.ts'

const lastOffset = 4
const program = join(import.meta.dirname, '../../src/cli/main.ts')

function run(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [program, ...args], { encoding: 'utf8', timeout: 30_000 })
}

async function produce(dataFolder: string): Promise<void> {
  const broker = await startOwnBroker({ dataFolder })
  const kafka = new Kafka({ url: `kafka://${broker.bootstrap}`, logger: silentLogger })
  const producer = kafka.producer('orders', { value: 'string', lingerMs: 0 })
  for (let count = 0; count < 5; count++) await producer.send(`value ${count}`)
  await kafka.close()
  await broker.stop()
}

/** Flips a bit of the third record. */
function damage(folder: string): void {
  const path = join(folder, 'orders-0/00000000000000000000.log')
  const bytes = readFileSync(path)
  bytes[bytes.indexOf('value 2')]! ^= 1
  writeFileSync(path, bytes)
}

async function consume(dataFolder: string): Promise<string[]> {
  const broker = await startOwnBroker({ dataFolder })
  const kafka = new Kafka({ url: `kafka://${broker.bootstrap}`, logger: silentLogger })
  const consumer = kafka.consumer<string>('orders', { value: 'string', offset: 'earliest' })
  const found: string[] = []
  for await (const record of consumer) {
    found.push(`${record.offset} ${record.value}`)
    if (record.offset === lastOffset) break
  }
  await kafka.close()
  await broker.stop()
  return found
}

test('repair makes a folder start again that serve refuses, without its damaged records', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'kafka-do-damaged-'))
  try {
    await produce(folder)
    damage(folder)

    const refused = run('serve', '--port', '0', '--data', folder)
    assert.equal(refused.status, 1)
    assert.match(refused.stderr, /orders-0.*damaged at byte \d+ \(offset 2\).*kafka\.do repair/)
    const repaired = run('repair', folder)
    assert.equal(repaired.status, 0, repaired.stderr)
    const row = JSON.parse(repaired.stdout) as Record<string, unknown>
    assert.deepEqual([row['partition'], row['lost from'], row['lost to']], ['orders-0', 2, 3])
    const report = readFileSync(join(folder, `${String(row['copy'])}.json`), 'utf8')
    assert.equal((JSON.parse(report) as { fromOffset: number }).fromOffset, 2)
    assert.match(readFileSync(join(folder, String(row['copy'])), 'latin1'), /.alue 2/)

    assert.deepEqual(await consume(folder), ['0 value 0', '1 value 1', '3 value 3', '4 value 4'])
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

test('a folder that cannot be opened is not left locked, and each try says why', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'kafka-do-damaged-'))
  const start = (options = {}) =>
    KafkaServer.start({ port: 0, dataFolder: folder, logger: silentLogger, ...options })
  try {
    await produce(folder)
    const badOption = { name: 'RangeError' }
    await assert.rejects(start({ defaultPartitions: -1 }), badOption)
    await assert.rejects(start({ defaultPartitions: -1 }), badOption)
    damage(folder)
    const why = /orders-0.*damaged at byte \d+ \(offset 2\).*kafka\.do repair/
    for (let round = 0; round < 2; round++) {
      await assert.rejects(start(), why)
      await assert.rejects(
        withFolder(folder, async () => {}),
        why,
      )
      await using kafka = new Kafka({ url: `file:${folder}`, timeout: '1s' })
      await assert.rejects(async () => kafka.admin.listTopics(), why)
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
