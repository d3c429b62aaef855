import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { Kafka } from '../../src/index-node.ts'
import { silentLogger } from '../../src/runtime/runtime.ts'
import { KafkaServer } from '../../src/server/server.ts'

const main = join(import.meta.dirname, '..', '..', 'src', 'cli', 'main.ts')
const first = '00000000000000000000'

let root: string
/** A data folder that was closed in order. */
let sound: string

before(async () => {
  root = mkdtempSync(join(tmpdir(), 'kafka-do-files-'))
  sound = join(root, 'sound')
  const server = await KafkaServer.start({ port: 0, dataFolder: sound, logger: silentLogger })
  const kafka = new Kafka({ url: server.url })
  await kafka.admin.createTopic('orders', { configs: { 'segment.bytes': '2000' } })
  const producer = kafka.producer<{ at: number }>('orders')
  for (let at = 0; at < 40; at++) {
    await producer.send({ at }, { key: `key-\u001b[31m${at}`, headers: { trace: `${at}` } })
  }
  const consumer = kafka.consumer('orders', { group: 'readers', offset: 'earliest' })
  for await (const record of consumer) {
    await record.commit()
    break
  }
  await kafka.close()
  await server.close()
})
after(() => rmSync(root, { recursive: true, force: true }))

/** Runs `kafka.do`. */
async function run(
  ...words: string[]
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, [main, ...words])
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (text: Buffer) => (stdout += text.toString()))
  child.stderr.on('data', (text: Buffer) => (stderr += text.toString()))
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, stdout, stderr }
}

function rows(text: string): Record<string, unknown>[] {
  const lines = text.split('\n').filter((line) => line !== '')
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>)
}

/** Returns a copy of the sound folder with one file changed. */
function damaged(file: string, change: (bytes: Buffer) => Uint8Array | void): string {
  const folder = mkdtempSync(join(root, 'damaged-'))
  cpSync(sound, folder, { recursive: true })
  const path = join(folder, file)
  const bytes = readFileSync(path)
  writeFileSync(path, change(bytes) ?? bytes)
  return folder
}

function flipBit(at: number): (bytes: Buffer) => void {
  return (bytes) => void (bytes[at]! ^= 1)
}

test('verify finds nothing wrong in a sound folder, and leaves it as it is', async () => {
  const filesOf = () => readdirSync(sound, { recursive: true, encoding: 'utf8' }).sort()
  const files = filesOf()
  const { code, stdout, stderr } = await run('verify', sound, '--deep')
  assert.deepEqual([code, stdout], [0, ''], stderr)
  assert.match(stderr, /3 partitions, \d+ segments, \d+ batches, \d+ records, .*: all is well/)
  assert.deepEqual(filesOf(), files)
})

test('verify names each fault: the file, the byte, the offset, what it means, what to do', async () => {
  const last = readdirSync(join(sound, 'orders-0'))
    .filter((name) => name.endsWith('.log'))
    .at(-1)!
  const snapshot = readdirSync(join(sound, 'orders-0')).find((name) => name.endsWith('.snapshot'))!
  const cases: readonly [string, (bytes: Buffer) => Uint8Array | void, string, string][] = [
    [`orders-0/${first}.log`, flipBit(70), 'damaged-batch', 'lost'],
    [`orders-0/${first}.log`, (bytes) => bytes.subarray(0, 300), 'damaged-batch', 'lost'],
    [`orders-0/${last}`, (bytes) => bytes.subarray(0, -5), 'torn-tail', 'torn'],
    [`orders-0/${first}.log`, flipBit(7), 'offset-order', 'lost'],
    [`orders-0/${first}.timeindex`, flipBit(5), 'index', 'rebuilt'],
    [`orders-0/${snapshot}`, flipBit(20), 'snapshot', 'rebuilt'],
    ['orders-0/leader-epoch-checkpoint', flipBit(0), 'checkpoint', 'rebuilt'],
    ['orders-0/partition.metadata', flipBit(15), 'metadata', 'rebuilt'],
    ['recovery-points', flipBit(30), 'checkpoint', 'rebuilt'],
  ]
  await Promise.all(
    cases.map(async ([file, change, kind, severity]) => {
      const { code, stdout } = await run('verify', damaged(file, change))
      const faults = rows(stdout)
      const fault = faults.find((one) => one['kind'] === kind)
      assert.equal(code, 1, file)
      assert.ok(fault, `${file} ${kind}: ${stdout}`)
      assert.equal(fault['severity'], severity)
      assert.equal(fault['file'], file)
      assert.ok(String(fault['meaning']).length > 10 && String(fault['advice']).length > 10)
    }),
  )
})

test('verify tells that a log ends before what was known to be on the disk', async () => {
  const folder = damaged(`orders-0/${first}.log`, () => {})
  const names = readdirSync(join(folder, 'orders-0')).filter((name) => name.endsWith('.log'))
  rmSync(join(folder, 'orders-0', names.at(-1)!))
  const { code, stdout } = await run('verify', folder)
  assert.equal(code, 1)
  assert.ok(rows(stdout).some(({ kind }) => kind === 'lost-end'))
})

test('verify names files that do not belong, and exits with 2 where there is nothing', async () => {
  const folder = damaged('meta.properties', () => {})
  writeFileSync(join(folder, 'orders-0', 'notes.txt'), 'x')
  writeFileSync(join(folder, 'core.123'), 'x')
  const { stdout } = await run('verify', folder)
  assert.deepEqual(
    rows(stdout).map(({ kind, file }) => [kind, file]),
    [
      ['stray', 'orders-0/notes.txt'],
      ['stray', 'core.123'],
    ],
  )
  const missing = await run('verify', join(root, 'missing'))
  assert.equal(missing.code, 2)
  assert.match(missing.stderr, /there is no folder/)
  const other = join(root, 'other')
  mkdirSync(other)
  writeFileSync(join(other, 'notes.txt'), 'x')
  const checked = await run('verify', other)
  assert.deepEqual([checked.code, checked.stdout], [2, ''])
  assert.match(checked.stderr, /there is nothing of a broker in/)
  for (const name of [other, join(other, 'notes.txt'), join(folder, 'orders-0')]) {
    const repaired = await run('repair', name)
    assert.equal(repaired.code, 2, repaired.stderr)
  }
})

test('verify refuses a folder that a broker has open', async () => {
  const folder = damaged('meta.properties', () => {})
  const server = await KafkaServer.start({ port: 0, dataFolder: folder, logger: silentLogger })
  const { code, stderr } = await run('verify', folder)
  await server.close()
  assert.equal(code, 2)
  assert.match(stderr, new RegExp(`in use by process ${process.pid}: stop that broker first`))
})

test('dump shows batches, records, indexes, snapshots and checkpoints', async () => {
  const { code, stdout } = await run('dump', join(sound, 'orders-0'), '--records')
  assert.equal(code, 0)
  const all = rows(stdout)
  const batches = all.filter((row) => 'baseSequence' in row)
  const records = all.filter((row) => 'value' in row)
  assert.equal(batches.length, 40)
  assert.deepEqual(
    records.map(({ offset, value }) => [offset, value]),
    Array.from({ length: 40 }, (_, at) => [at, { at }]),
  )
  assert.deepEqual(records[3]!['headers'], [['trace', '3']])
  assert.ok(!stdout.includes('\u001b'), 'control characters are escaped')
  const [batch] = batches
  assert.deepEqual(
    [batch!['baseOffset'], batch!['position'], batch!['records'], batch!['baseSequence']],
    [0, 0, 1, 0],
  )
  const of = (ending: string) => all.filter((row) => String(row['file']).endsWith(ending))
  assert.ok(of('.timeindex').every(({ timestamp, offset }) => Number(timestamp) > Number(offset)))
  assert.equal(of('.snapshot').at(-1)!['startOffset'], 0)
  assert.ok(of('.snapshot').some(({ lastSequence }) => Number(lastSequence) > 0))
  assert.deepEqual(
    of('leader-epoch-checkpoint').map(({ line }) => line),
    ['0', '1', '0 0'],
  )
})

test("dump decodes the broker's own topics", async () => {
  const metadata = await run('dump', join(sound, '__cluster_metadata-0'), '--records')
  const topics = rows(metadata.stdout).filter(({ type }) => type === 'topicRecord')
  assert.ok(topics.some(({ value }) => (value as { name: string }).name === 'orders'))
  const offsets = await run('dump', join(sound, '__consumer_offsets-0'), '--records')
  const commit = rows(offsets.stdout).find(({ type }) => type === 'OffsetCommit')
  assert.deepEqual(commit!['key'], { group: 'readers', topic: 'orders', partition: 0 })
  assert.equal((commit!['value'] as { offset: number }).offset, 1)
})

test('dump shows what can be read of a damaged file, and exits with 1', async () => {
  const folder = damaged(`orders-0/${first}.log`, flipBit(70))
  const { code, stdout } = await run('dump', join(folder, 'orders-0', `${first}.log`))
  assert.equal(code, 1)
  const [fault, next] = rows(stdout)
  assert.match(String(fault!['fault']), /CRC-32C/)
  assert.equal(next!['baseOffset'], 1)
})

test('dump ends where nobody reads it any more, and waits for who does', async () => {
  const folder = join(root, 'wide')
  await using kafka = new Kafka({ url: `file:${folder}` })
  const values = Array.from({ length: 20_000 }, () => 'x'.repeat(100))
  await kafka.producer('wide', { value: 'string' }).sendBatch(values)
  const words = ['dump', '--records', join(folder, 'wide-0', `${first}.log`)]
  const child = spawn(process.execPath, ['--max-old-space-size=40', main, ...words])
  child.stderr.pipe(process.stderr)
  await once(child.stdout, 'readable')
  // The pipe is full now, and the process waits.
  const waiting = await Promise.race([once(child, 'close'), setTimeout(1000, 'waiting')])
  assert.equal(waiting, 'waiting')
  child.stdout.destroy()
  const [code] = (await once(child, 'close')) as [number | null]
  assert.equal(code, 0)
})

test('verify exits with 1 for faults that nobody reads, too', async () => {
  const folder = damaged(join('orders-0', `${first}.log`), flipBit(100))
  const child = spawn(process.execPath, [main, 'verify', folder])
  child.stdout.destroy()
  const [code] = (await once(child, 'close')) as [number | null]
  assert.equal(code, 1)
})
