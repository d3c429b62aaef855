/**
 * Starts the broker under test: our own, as a user would, on a free port and in a folder of its
 * own; or Apache Kafka, to prove that the run itself is right.
 */

import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { startApacheKafka } from '../support/apache-kafka.ts'
import { cache } from './toolchains.ts'

export interface RunningBroker {
  /** `host:port` for clients. */
  readonly bootstrap: string
  stop(): Promise<void>
}

const cli = join(import.meta.dirname, '..', '..', 'src', 'cli', 'main.ts')
const startTimeoutMs = 15_000

/** What our broker printed in the last run. */
const brokerLog = join(cache, 'broker.log')
const secureBrokerLog = join(cache, 'secure-broker.log')

export interface SecureBroker extends RunningBroker {
  /** What programs are told about it: an administrator's name and password, and who signed it. */
  readonly env: Readonly<Record<string, string>>
}

const certificates = join(import.meta.dirname, '..', 'fixtures', 'tls')

/** Starts a broker to which clients have to say who they are, with TLS for who wants it. */
export async function startSecureBroker(): Promise<SecureBroker> {
  const folder = await mkdtemp(join(tmpdir(), 'kafka.do-conformance-'))
  const create = ['key', 'create', '--allow', 'admin', '--data-folder', folder, '--json']
  const { stdout } = await promisify(execFile)(process.execPath, [cli, ...create])
  const { id, secret } = JSON.parse(stdout) as { id: string; secret: string }
  const tls = [
    ['--tls-cert', join(certificates, 'server.pem')],
    ['--tls-key', join(certificates, 'server-key.pem')],
  ]
  const broker = await startBroker(['--auth', 'required', ...tls.flat()], folder)
  const env = { SASL_USER: id, SASL_PASSWORD: secret, CA_FILE: join(certificates, 'ca.pem') }
  return { ...broker, env }
}

export async function startBroker(
  flags: readonly string[] = [],
  dataFolder?: string,
): Promise<RunningBroker> {
  const folder = dataFolder ?? (await mkdtemp(join(tmpdir(), 'kafka.do-conformance-')))
  const serve = ['serve', '--port', '0', '--data', folder, ...flags]
  const broker = spawn(process.execPath, [cli, ...serve], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, KAFKA_DO_DEBUG: '1' },
  })
  await mkdir(cache, { recursive: true })
  const log = createWriteStream(flags.length > 0 ? secureBrokerLog : brokerLog)
  broker.stdout.pipe(log, { end: false })
  broker.stderr.pipe(log, { end: false })
  const exited = once(broker, 'close')
  async function stop(): Promise<void> {
    broker.kill('SIGTERM')
    await exited
    log.end()
    await rm(folder, { recursive: true, force: true })
  }
  try {
    return { bootstrap: await readAddress(broker, exited), stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Returns the `host:port` that the broker says it listens on. */
async function readAddress(broker: ChildProcess, exited: Promise<unknown>): Promise<string> {
  let output = ''
  const printed = Promise.withResolvers<string>()
  broker.stderr?.setEncoding('utf8').on('data', (text: string) => {
    output = (output + text).slice(-10_000)
    const [, address] = /listening on (\S+:\d+)\s/.exec(output) ?? []
    if (address !== undefined) printed.resolve(address)
  })
  const failed = (why: string) => printed.reject(new Error(`the broker ${why}:\n${output.trim()}`))
  exited.then(() => failed('ended'), failed)
  const timer = setTimeout(() => failed('did not start in time'), startTimeoutMs)
  return await printed.promise.finally(() => clearTimeout(timer))
}

export async function startReference(): Promise<RunningBroker> {
  return await startApacheKafka({
    heap: '512m',
    // Members of the new protocol learn of a rebalance by heartbeat; the default is 5 s.
    properties: {
      'group.consumer.min.heartbeat.interval.ms': '500',
      'group.consumer.heartbeat.interval.ms': '1000',
    },
  })
}
