/**
 * Starts the broker under test: our own, as a user would, on a free port and in a folder of its
 * own; or Apache Kafka, to prove that the run itself is right.
 */

import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startApacheKafka } from '../support/apache-kafka.ts'

export interface RunningBroker {
  /** `host:port` for clients. */
  readonly bootstrap: string
  stop(): Promise<void>
}

const cli = join(import.meta.dirname, '..', '..', 'src', 'cli', 'main.ts')
const startTimeoutMs = 15_000

export async function startBroker(): Promise<RunningBroker> {
  const folder = await mkdtemp(join(tmpdir(), 'kafka.do-conformance-'))
  const broker = spawn(process.execPath, [cli, 'serve', '--port', '0', '--data', folder], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const exited = once(broker, 'exit')
  async function stop(): Promise<void> {
    broker.kill('SIGTERM')
    await exited
    await rm(folder, { recursive: true, force: true })
  }
  try {
    return { bootstrap: await readAddress(broker, exited), stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Returns the first `host:port` that the broker prints, on whichever of its outputs. */
async function readAddress(broker: ChildProcess, exited: Promise<unknown>): Promise<string> {
  let output = ''
  const printed = Promise.withResolvers<string>()
  for (const stream of [broker.stdout, broker.stderr]) {
    // It is read to the end, or the broker would have to wait for us one day.
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-10_000)
      const address = /\b(?:localhost|127\.0\.0\.1):[1-9]\d*/.exec(output)
      if (address) printed.resolve(address[0])
    })
  }
  const failed = (why: string) => printed.reject(new Error(`the broker ${why}:\n${output.trim()}`))
  exited.then(() => failed('ended'), failed)
  const timer = setTimeout(() => failed('printed no address in time'), startTimeoutMs)
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
