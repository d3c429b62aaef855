/**
 * The broker of a run, which can be killed and started again on its port and data: our own, or
 * Apache Kafka, which tells whether a finding is the broker's or the client's.
 */

import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startApacheKafka, type ApacheKafka } from '../support/apache-kafka.ts'
import { startOwnBroker, type OwnBroker } from '../support/own-broker.ts'

export interface BrokerUnderTest {
  readonly port: number
  start(advertisedPort: number): Promise<void>
  stop(): Promise<void>
  kill(): Promise<void>
  pause(pauseMs: number): Promise<void>
  /** What it said, where that is kept. */
  log(): string
}

/** @param program the server to run, where it is not that of the sources */
export async function ownBroker(folder: string, program?: string): Promise<BrokerUnderTest> {
  const port = await freePort()
  const dataFolder = join(folder, 'data')
  let broker: OwnBroker | undefined
  let log = ''
  const forget = (): OwnBroker | undefined => {
    const ended = broker
    log += ended?.log() ?? ''
    broker = undefined
    return ended
  }
  return {
    port,
    async start(advertisedPort) {
      const flags = ['--advertise', `127.0.0.1:${advertisedPort}`]
      broker = await startOwnBroker({ port, dataFolder, flags, ...(program ? { program } : {}) })
    },
    stop: async () => await forget()?.stop(),
    kill: async () => await forget()?.kill(),
    pause: (pauseMs) => pause(broker!.pid, pauseMs),
    log: () => log + (broker?.log() ?? ''),
  }
}

export async function apacheKafka(folder: string): Promise<BrokerUnderTest> {
  const port = await freePort()
  const dataFolder = join(folder, 'data')
  let broker: ApacheKafka | undefined
  return {
    port,
    async start(advertisedPort) {
      const properties = {
        'group.consumer.min.heartbeat.interval.ms': '500',
        'group.consumer.heartbeat.interval.ms': '1000',
        'group.consumer.min.session.timeout.ms': '6000',
        'group.consumer.session.timeout.ms': '6000',
      }
      const settings = { port, dataFolder, advertisedPort, heap: '384m', properties }
      broker = await startApacheKafka(settings)
    },
    async stop() {
      await broker?.stop()
    },
    async kill() {
      process.kill(broker!.pid, 'SIGKILL')
      // It is gone once nothing listens any more.
      await broker!.stop()
    },
    pause: (pauseMs) => pause(broker!.pid, pauseMs),
    log: () => broker?.logFile ?? '',
  }
}

async function pause(pid: number, pauseMs: number): Promise<void> {
  process.kill(pid, 'SIGSTOP')
  await sleep(pauseMs)
  process.kill(pid, 'SIGCONT')
}

/** Returns a port that was free a moment ago: a broker that is started again needs a fixed one. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await once(server.close(), 'close')
  return port
}
