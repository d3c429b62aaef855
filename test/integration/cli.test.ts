import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { KafkaServer } from '../../src/server/server.ts'
import { silentLogger } from '../../src/runtime/runtime.ts'

const main = join(import.meta.dirname, '..', '..', 'src', 'cli', 'main.ts')

let server: KafkaServer

before(async () => {
  server = await KafkaServer.start({ port: 0, dataFolder: 'memory:', logger: silentLogger })
})
after(() => server.close())

interface Outcome {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs `kafka.do` with `words` and `input`, against the server of this file. */
async function run(words: string, input = ''): Promise<Outcome> {
  const env = { ...process.env, KAFKA_DO_URL: server.url }
  const child = spawn(process.execPath, [main, ...words.split(' ')], { env, timeout: 120_000 })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (text: Buffer) => (stdout += text.toString()))
  child.stderr.on('data', (text: Buffer) => (stderr += text.toString()))
  child.stdin.end(input)
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, stdout, stderr }
}

const lines = (text: string): unknown[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))

test('consume | produce copies records without loss', async () => {
  await run('topic create from -n 2')
  await run('topic create to -n 2')
  const input = [
    '{"key":"a","value":{"x":1},"headers":[["h","1"],["h",null],["b",{"base64":"/w=="}]]}',
    '{"key":"b","value":null,"timestamp":1234}',
    '{"keyBase64":"/wA=","valueBase64":"AP8="}',
    '{"partition":1,"valueText":"plain { text"}',
    '{"value":"json text","key":null}',
  ]
  const produced = await run('produce from', input.join('\n'))
  assert.deepEqual([produced.code, produced.stdout], [0, ''], produced.stderr)
  const first = await run('consume from --exit')
  assert.equal(lines(first.stdout).length, input.length)
  await run('produce to', first.stdout)
  const second = await run('consume to --exit')
  const withoutTopic = (text: string): string[] =>
    text
      .replaceAll(/"topic":"\w+",/g, '')
      .split('\n')
      .sort()
  assert.deepEqual(withoutTopic(second.stdout), withoutTopic(first.stdout))
})

test('produce --lines takes each line as a value', async () => {
  await run('produce plain --lines --key k', '{"not":"parsed"}\nhello\n')
  const { stdout } = await run('consume plain --exit')
  const records = lines(stdout) as { key: string; value?: unknown; valueText?: string }[]
  assert.deepEqual(
    records.map(({ key, value, valueText }) => [key, value ?? valueText]),
    [
      ['k', { not: 'parsed' }],
      ['k', 'hello'],
    ],
  )
})

test('produce says which line is bad and what to do, and exits with 1', async () => {
  const { code, stderr } = await run('produce plain', '{"value":1}\nhello\n')
  assert.equal(code, 1)
  assert.match(stderr, /line 2 is not a record: not JSON: .*--lines/)
  const bare = await run('produce plain', '{"hello":1}\n')
  const form = 'a line is {"value": …, "key": …}; with --lines each line is a value'
  assert.ok(bare.stderr.includes(`unknown field 'hello'`), bare.stderr)
  assert.ok(bare.stderr.includes(`(${form})`), bare.stderr)
})

test('consume --group goes on from where the group was', async () => {
  await run('produce grouped --lines', 'a\nb\nc\n')
  const first = await run('consume grouped --group g --max 2')
  assert.equal(lines(first.stdout).length, 2, first.stderr)
  const second = await run('consume grouped --group g --max 1')
  assert.equal((lines(second.stdout)[0] as { valueText: string }).valueText, 'c')
  const { stdout } = await run('group describe g')
  assert.equal((JSON.parse(stdout) as { totalLag: number }).totalLag, 0)
})

test('topic and group list, describe, change and delete', async () => {
  await run('topic create managed -n 3 -c retention.ms=1000')
  const described = JSON.parse((await run('topic describe managed')).stdout) as {
    partitions: unknown[]
  }
  assert.equal(described.partitions.length, 3)
  await run('topic alter managed -n 4 -c retention.ms=2000')
  const { stdout } = await run('topic list')
  assert.ok(stdout.includes('{"name":"managed","partitions":4}'), stdout)
  assert.equal((await run('topic delete managed')).code, 0)
  assert.ok(!(await run('topic list')).stdout.includes('managed'))
})

test("topic list --internal has the broker's own topics, too", async () => {
  await run('topic create __mine')
  await run('produce read --lines', 'a\n')
  await run('consume read --group readers --max 1')
  const names = (text: string): unknown[] =>
    lines(text).map((row) => (row as { name: string }).name)
  const own = '__consumer_offsets'
  const few = names((await run('topic list')).stdout)
  assert.deepEqual([few.includes('__mine'), few.includes(own)], [true, false], String(few))
  const all = names((await run('topic list --internal')).stdout)
  assert.deepEqual([all.includes('__mine'), all.includes(own)], [true, true], String(all))
})

test('consume of a topic that there is not says so, and creates none', async () => {
  for (const words of ['consume mistyped', 'consume mistyped -g g', 'consume mistyped --exit']) {
    const { code, stderr } = await run(words)
    assert.equal(code, 1, stderr)
    assert.match(stderr, /topic_not_found/, words)
  }
  assert.ok(!(await run('topic list')).stdout.includes('mistyped'))
})

test('a wrong command line exits with 2, what cannot be done with 1, each saying why', async () => {
  const cases: readonly [string, number, RegExp][] = [
    ['prduce', 2, /unknown command 'prduce'/],
    ['constructor', 2, /unknown command 'constructor'/],
    ['consume', 2, /missing required argument 'topic'/],
    ['consume nothing --from yesterday', 2, /'yesterday' is neither/],
    ['group reset g topic --to 42', 2, /'42' is neither .* nor a time such as/],
    ['group reset g topic --to offset-5', 2, /'offset-5' is neither/],
    ['group reset g topic', 2, /required option '--to <where>' not specified[^]*--help/],
    ['topic create', 2, /missing required argument 'name'/],
    ['consume nothing --max three', 2, /--max must be a whole number/],
    ['consume nothing --url nowhere', 2, /option 'url' must be/],
    ['topic create a -n none', 2, /--partitions must be a whole number/],
    ['topic alter missing -n none -c retention.ms=5', 2, /--partitions must be a whole number/],
    ['topic delete missing', 1, /topic_not_found/],
    ['topic list --url http://localhost:1', 1, /is a kafka\.do server there\? .* kafka:\/\//],
    ['serve --port abc --data memory:', 2, /--port must be a whole number/],
    ['serve --port 99999 --data memory:', 2, /: --port must be between 0 and 65535/],
    ['serve --host 0.0.0.0 --data memory:', 1, /kafka\.do key create/],
    [`serve --port ${server.address.port} --data memory:`, 1, /is taken by another program/],
    ['serve --advertise PLAINTEXT://a:9092 --data memory:', 2, /: --advertise must be host:port/],
    ['serve --allow-origin https://a/ --data memory:', 2, /: --allow-origin must be origins/],
    ['serve --flush never --data memory:', 2, /: --flush must be/],
    [
      'serve --host 0.0.0.0 --auth none --data memory:',
      2,
      /: --auth must be 'required' where '0\.0\.0\.0' .* \(--allow-unauthenticated takes the risk/,
    ],
  ]
  for (const [words, code, message] of cases) {
    const outcome = await run(words)
    assert.equal(outcome.code, code, `${words}: ${outcome.stderr}`)
    assert.match(outcome.stderr, message, words)
    assert.equal(outcome.stdout, '', words)
  }
})

test('serve stops in order at a signal', async () => {
  const child = spawn(process.execPath, [main, 'serve', '--port', '0', '--data', 'memory:'])
  let stderr = ''
  const { promise, resolve } = Promise.withResolvers<void>()
  child.stderr.on('data', (text: Buffer) => {
    stderr += text.toString()
    if (stderr.includes('data  ')) resolve()
  })
  await promise
  child.kill('SIGTERM')
  const [code] = (await once(child, 'close')) as [number | null]
  assert.equal(code, 0, stderr)
  assert.match(stderr, /stopping/)
})

test('serve stops in order though nobody reads its log any more, as behind `| tee` at Ctrl-C', async () => {
  const child = spawn(process.execPath, [main, 'serve', '--port', '0', '--data', 'memory:'])
  await once(child.stderr, 'data')
  child.stderr.destroy()
  child.kill('SIGINT')
  const [code] = (await once(child, 'close')) as [number | null]
  assert.equal(code, 0)
})
