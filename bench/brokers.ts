/** The brokers that are measured: ours and Apache Kafka, alike to the benchmarks. */

import { existsSync, rmSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { startApacheKafka, type ApacheKafkaOptions } from '../test/support/apache-kafka.ts'
import { startOwnBroker, type OwnBrokerOptions } from '../test/support/own-broker.ts'
import { residentBytes } from '../test/support/process-usage.ts'
import { Inspector, inspectFlag } from './inspector.ts'
import type { RunOptions } from './report.ts'

export const peerName = 'Apache Kafka'
const settleMs = 2_000

export interface MeasuredBroker {
  /** Host and port for clients. */
  readonly bootstrap: string
  readonly pid: number
  /** Where the broker is Node and runs with `inspectFlag`. */
  inspect?(): Promise<Inspector>
  stop(): Promise<void>
}

export interface OwnOptions extends OwnBrokerOptions {
  /** What acknowledged means; see `kafka.do serve --help`. */
  readonly flush: 'ack' | 'os'
}

/** Starts our broker, or where the run is a reference, Apache Kafka in its place. */
export async function startOurs(
  { isReference }: Pick<RunOptions, 'isReference'>,
  { flush, flags = [], ...options }: OwnOptions,
): Promise<MeasuredBroker> {
  if (isReference) {
    const { dataFolder } = options
    return startPeer(dataFolder === undefined ? {} : { dataFolder })
  }
  const broker = await startOwnBroker({
    ...options,
    flags: ['--flush', flush, ...flags],
  })
  const isInspected = options.nodeFlags?.includes(inspectFlag)
  return {
    ...leavingNothing(broker, options),
    ...(isInspected && { inspect: () => Inspector.connect(broker.log()) }),
  }
}

export async function startPeer(options: ApacheKafkaOptions = {}): Promise<MeasuredBroker> {
  // A topic that was used is to be gone from the disk before the next one is measured.
  const properties = { 'log.segment.delete.delay.ms': '500', ...options.properties }
  return leavingNothing(await startApacheKafka({ ...options, properties }), options)
}

/** Sees to it that a broker ends with this process, and its temporary data with it. */
function leavingNothing(
  broker: MeasuredBroker & { readonly dataFolder: string },
  options: { readonly dataFolder?: string },
): MeasuredBroker {
  const { bootstrap, pid } = broker
  const onExit = (): void => {
    // It may have ended by itself, which is why this process ends.
    if (existsSync(`/proc/${pid}`)) process.kill(pid, 'SIGKILL')
    if (options.dataFolder !== undefined) return
    rmSync(broker.dataFolder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 })
  }
  process.once('exit', onExit)
  const stop = async (): Promise<void> => {
    process.removeListener('exit', onExit)
    await broker.stop()
  }
  return { bootstrap, pid, stop }
}

/** Returns resident memory when there was nothing to do for a while, and no garbage is left. */
export async function restingBytes(broker: MeasuredBroker): Promise<number> {
  await delay(settleMs)
  const inspector = await broker.inspect?.()
  await inspector?.collectGarbage()
  await inspector?.close()
  return residentBytes(broker.pid)
}

/** Starts a broker, and stops it whatever `use` does. */
export async function withBroker<Result>(
  start: () => Promise<MeasuredBroker>,
  use: (broker: MeasuredBroker) => Promise<Result>,
): Promise<Result> {
  const broker = await start()
  try {
    return await use(broker)
  } finally {
    await broker.stop()
  }
}
