import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { Kafka } from '../../src/index-node.ts'
import { silentLogger } from '../../src/runtime/runtime.ts'
import { KafkaServer } from '../../src/server/server.ts'

const main = join(import.meta.dirname, '..', '..', 'src', 'cli', 'main.ts')

let server: KafkaServer
let kafka: Kafka

before(async () => {
  server = await KafkaServer.start({ port: 0, dataFolder: 'memory:', logger: silentLogger })
  kafka = new Kafka({ url: server.url })
})
after(async () => {
  await kafka.close()
  await server.close()
})

interface Outcome {
  /** Nothing for a command that had to be ended. */
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

function start(words: string) {
  const env = { ...process.env, KAFKA_DO_URL: server.url }
  // A command that hangs would take any other signal for the wish to end in order.
  const limits = { timeout: 60_000, killSignal: 'SIGKILL' } as const
  const child = spawn(process.execPath, [main, ...words.split(' ')], { env, ...limits })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (text: Buffer) => (stdout += text.toString()))
  child.stderr.on('data', (text: Buffer) => (stderr += text.toString()))
  const outcome = once(child, 'close').then(([code]): Outcome => ({
    code: code as number | null,
    stdout,
    stderr,
  }))
  return { child, outcome }
}

/** Runs `kafka.do` with `words` and `input`; what it writes, where it ends with 0. */
async function run(words: string, input: string | Uint8Array = ''): Promise<string> {
  const { child, outcome } = start(words)
  child.stdin.end(input)
  const { code, stdout, stderr } = await outcome
  assert.equal(code, 0, `${words}: ${stderr}`)
  return stdout
}

const lineCount = (text: string): number => text.split('\n').length - 1

/** Resolves once `group` has committed something: with how much that is. */
async function committedOf(group: string): Promise<number> {
  for (;;) {
    const description = await kafka.admin.describeGroup(group).catch(() => undefined)
    const offset = description?.lag[0]?.offset
    if (typeof offset === 'number') return offset
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

test('consume --exit ends behind what is no record: ends of transactions, aborted records', async () => {
  await kafka.admin.createTopic('transactional', { partitions: 2 })
  const words = 'consume transactional --exit'
  await kafka.transaction('transactional', (tx) => tx.send('kept', { partition: 0 }))
  assert.equal(lineCount(await run(words)), 1)
  const aborted = kafka.transaction('transactional', async (tx) => {
    await tx.send('aborted', { partition: 1 })
    throw new Error('no')
  })
  await assert.rejects(aborted, /no/)
  assert.equal(lineCount(await run(words)), 1)
})

test('consume --exit ends before a transaction that is open', async () => {
  await kafka.produce('open', 'before')
  await kafka.transaction('open', async (tx) => {
    await tx.send('in it')
    assert.equal(lineCount(await run('consume open --exit')), 1)
  })
})

test('consume --exit --group reads what the group has not, and ends where that is nothing', async () => {
  await run('produce grouped --lines', 'a\nb\n')
  const words = 'consume grouped --exit --group g'
  assert.equal(lineCount(await run(words)), 2)
  assert.equal(lineCount(await run(words)), 0)
  await run('produce grouped --lines', 'c\n')
  assert.equal(lineCount(await run(`${words} --from latest`)), 1)
  assert.equal((await kafka.admin.describeGroup('g')).totalLag, 0)
})

test('produce --lines takes the bytes of a line as they are', async () => {
  await run('produce bytes --lines', Buffer.from('a\xffb\nc\rd\n', 'latin1'))
  await run('produce text --lines', 'e\u2028f\r\n')
  const values = async (topic: string): Promise<string[]> => {
    const lines = (await run(`consume ${topic} --exit`)).split('\n').slice(0, -1)
    return lines.map((line) => {
      const { valueText, valueBase64 } = JSON.parse(line) as Record<string, string>
      return valueText ?? Buffer.from(valueBase64!, 'base64').toString('latin1')
    })
  }
  assert.deepEqual(await values('bytes'), ['a\xffb', 'c\rd'])
  assert.deepEqual(await values('text'), ['e\u2028f'])
})

test('consume | produce copies values with ends of lines that are not those of files', async () => {
  await kafka.produce('ends', { text: 'a\u2028b\u2029c\rd' })
  await run('produce copied-ends', await run('consume ends --exit'))
  const record = await kafka.consumer('copied-ends', { offset: 'earliest' }).next()
  assert.deepEqual(record?.value, { text: 'a\u2028b\u2029c\rd' })
})

test('produce ends when a record is refused, though more may come', async () => {
  await kafka.admin.createTopic('small', { configs: { 'max.message.bytes': '100' } })
  const { child, outcome } = start('produce small --lines')
  child.stdin.write(`fits\n${'x'.repeat(1000)}\n`)
  const { code, stderr } = await outcome
  assert.equal(code, 1, stderr)
  assert.match(stderr, /records were written before the failure/)
})

test('produce tells of records that were refused before a line that is none', async () => {
  await kafka.admin.createTopic('refuses', { configs: { 'max.message.bytes': '100' } })
  const { child, outcome } = start('produce refuses')
  child.stdin.end(`{"value":1}\n{"value":"${'x'.repeat(1000)}"}\nnone\n`)
  const { code, stderr } = await outcome
  assert.equal(code, 1, stderr)
  assert.match(stderr, /message_too_large/)
})

test('produce says how many records were written before a line that is none', async () => {
  const { child, outcome } = start('produce half')
  child.stdin.end('{"value":1}\n{"value":2}\nnone\n')
  const { code, stderr } = await outcome
  assert.equal(code, 1, stderr)
  assert.match(stderr, /^2 records were written before the failure\n.*line 3 is not a record/)
})

test('produce says of a record that cannot be that it is not the command line', async () => {
  const { child, outcome } = start('produce early')
  child.stdin.end('{"value":1}\n{"value":2,"timestamp":-1}\n')
  const { code, stderr } = await outcome
  assert.equal(code, 1, stderr)
  assert.match(stderr, /^1 records were written before the failure\n.*'timestamp'/)
})

test('produce takes JSON that begins with a byte order mark, as files of Windows do', async () => {
  await run('produce marked', '\ufeff{"value":1}\r\n{"value":2}\r\n')
  const lines = (await run('consume marked --exit')).trim().split('\n')
  assert.deepEqual(
    lines.map((line) => (JSON.parse(line) as { value: unknown }).value),
    [1, 2],
  )
})

test('produce refuses a --key that it would not use', async () => {
  const { child, outcome } = start('produce keyed --key a')
  child.stdin.end('{"value":1}')
  const { code, stderr } = await outcome
  assert.equal(code, 2, stderr)
  assert.match(stderr, /--key is for --lines/)
})

test('a file of --ca that is not there is named, and nothing is done', async () => {
  const { code, stderr } = await start('topic list --ca /no/such.pem').outcome
  assert.equal(code, 2, stderr)
  assert.match(stderr, /^kafka\.do: --ca \/no\/such\.pem cannot be read: ENOENT/)
})

test('produce that is interrupted writes what it has taken, and says how much that is', async () => {
  const { child, outcome } = start('produce interrupted --lines')
  child.stdin.on('error', () => {})
  child.stdin.write('one\ntwo\nhalf of three')
  await kafka.consumer('interrupted', { value: 'bytes' }).first()
  child.kill('SIGINT')
  const { code, stderr } = await outcome
  assert.equal(code, 130, stderr)
  assert.match(stderr, /2 records were written/)
})

test('consume whose reader has gone leaves its group at once, and takes nothing from it', async () => {
  const many = Array.from({ length: 20_000 }, (_, number) => ({ number, text: 'x'.repeat(50) }))
  await kafka.producer('many').sendBatch(many)
  const { child, outcome } = start('consume many --group heads')
  await once(child.stdout, 'data')
  child.stdout.destroy()
  const { code, stderr } = await outcome
  assert.equal(code, 0, stderr)
  const { members, lag } = await kafka.admin.describeGroup('heads')
  assert.deepEqual([members, lag.map(({ offset }) => offset)], [[], [0]])
})

const full = '/dev/full'

test(
  'consume to a disk that is full says so, and leaves its group',
  {
    skip: !existsSync(full),
  },
  async () => {
    const child = spawn(process.execPath, [main, ...'consume many --group full'.split(' ')], {
      env: { ...process.env, KAFKA_DO_URL: server.url },
      stdio: ['ignore', openSync(full, 'w'), 'pipe'],
    })
    let stderr = ''
    child.stderr!.on('data', (text: Buffer) => (stderr += text.toString()))
    const [code] = (await once(child, 'close')) as [number]
    assert.equal(code, 1)
    assert.match(stderr, /^kafka\.do: the output cannot be written: ENOSPC.*\n0 records\n$/)
    const { members, lag } = await kafka.admin.describeGroup('full')
    assert.deepEqual([members, lag.map(({ offset }) => offset)], [[], [0]])
  },
)

test('consume commits nothing of what it could not write yet', async () => {
  const { child, outcome } = start('consume many --group slow')
  child.stdout.pause()
  const committed = await committedOf('slow')
  // What it has in memory is gone; what the pipe has can be read.
  child.kill('SIGKILL')
  child.stdout.resume()
  const { stdout } = await outcome
  assert.ok(lineCount(stdout) >= committed, `${lineCount(stdout)} of ${committed}`)
})

test('consume waits for who reads it, and has no more in memory than that', async () => {
  const { child, outcome } = start('consume many')
  child.stdout.pause()
  await once(child.stderr, 'data', { signal: AbortSignal.timeout(2000) }).catch(() => undefined)
  // It ends where it is: what it has in hand has no reader any more.
  child.stdout.destroy()
  const { code, stderr } = await outcome
  assert.equal(code, 0, stderr)
  const [, count] = /(\d+) records/.exec(stderr) ?? []
  assert.ok(Number(count) < 5000, stderr)
})
