/**
 * The scenario of Connect: Kafka Connect in distributed mode copies a file into a topic, exactly
 * once, and the topic into a file. In the middle its worker is stopped, and another one goes on.
 */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const { BOOTSTRAP: bootstrap, TOPIC: topic, GROUP: group } = process.env
const lineCount = 20_000
const deadlineMs = 115_000
const folder = mkdtempSync(join(tmpdir(), 'connect-'))
const source = join(folder, 'in.txt')
const sink = join(folder, 'out.txt')
const startMs = performance.now()
let waitingFor = ''
let worker

const text = (converter) =>
  `${converter}.converter=org.apache.kafka.connect.storage.StringConverter`

function settings(port) {
  return `bootstrap.servers=${bootstrap}
group.id=${group}
${text('key')}
${text('value')}
offset.storage.topic=${topic}-offsets
offset.storage.replication.factor=1
config.storage.topic=${topic}-configs
config.storage.replication.factor=1
status.storage.topic=${topic}-status
status.storage.replication.factor=1
offset.flush.interval.ms=1000
exactly.once.source.support=enabled
listeners=http://127.0.0.1:${port}
`
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  server.close()
  await once(server, 'close')
  return port
}

async function until(what, condition) {
  waitingFor = what
  while (!(await condition())) {
    if (performance.now() - startMs > deadlineMs) throw new Error(`not done after ${deadlineMs} ms`)
    if (worker.exitCode !== null) throw new Error(`the worker ended with ${worker.exitCode}`)
    await sleep(100)
  }
}

/** Starts a worker; returns where its REST interface is. */
async function start() {
  const port = await freePort()
  const file = join(folder, `${port}.properties`)
  writeFileSync(file, settings(port))
  const classpath = join(import.meta.dirname, 'target', 'dependency', '*')
  const main = 'org.apache.kafka.connect.cli.ConnectDistributed'
  const quiet = '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn'
  worker = spawn('java', ['-Xmx512m', quiet, '-cp', classpath, main, file], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const url = `http://127.0.0.1:${port}/connectors`
  const isUp = () =>
    fetch(url).then(
      ({ ok }) => ok,
      () => false,
    )
  await until('a worker to start', isUp)
  return url
}

async function configure(url, name, config) {
  const connector = `org.apache.kafka.connect.file.FileStream${name}Connector`
  const body = JSON.stringify({ 'connector.class': connector, 'tasks.max': '1', ...config })
  const headers = { 'content-type': 'application/json' }
  const put = () => fetch(`${url}/${name}/config`, { method: 'PUT', headers, body })
  // A worker that is just joining its group refuses for a moment.
  await until(`the connector ${name}`, () => put().then(({ ok }) => ok))
}

/** Lines that are out, or none where there is no file yet. */
function written() {
  try {
    return readFileSync(sink, 'utf8')
  } catch (error) {
    if (error.code === 'ENOENT') return ''
    throw error
  }
}

function lines(from, to) {
  return Array.from({ length: to - from }, (_, index) => `line ${from + index}\n`).join('')
}

async function play() {
  writeFileSync(source, lines(0, lineCount / 2))
  const url = await start()
  await configure(url, 'Source', { file: source, topic })
  await configure(url, 'Sink', { file: sink, topics: topic })
  await until('the first half', () => written() === lines(0, lineCount / 2))
  worker.kill('SIGTERM')
  await once(worker, 'exit')
  appendFileSync(source, lines(lineCount / 2, lineCount))
  await start()
  await until('the second half', () => written().length >= lines(0, lineCount).length)
  if (written() !== lines(0, lineCount)) throw new Error('what came out is not what went in')
  process.stdout.write('F distributed exactly-once-source file-sink restart\n')
}

try {
  await play()
} catch (error) {
  process.stderr.write(`${error.stack}\nit was waiting for ${waitingFor}\n`)
  process.exitCode = 1
} finally {
  worker?.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
}
