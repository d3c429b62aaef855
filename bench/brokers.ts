/** The brokers that are measured: ours and Apache Kafka, alike to the benchmarks. */

import { startApacheKafka, type ApacheKafkaOptions } from '../test/support/apache-kafka.ts'
import { startOwnBroker, type OwnBrokerOptions } from '../test/support/own-broker.ts'
import { Inspector, inspectFlag } from './inspector.ts'
import type { RunOptions } from './report.ts'

export const peerName = 'Apache Kafka'

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
    program: '/tmp/bench-serve.mjs',
    ...options,
    flags: ['--flush', flush, ...flags],
  })
  // Node ends no child processes when it ends, and a benchmark may be interrupted.
  const killWithUs = (): void => void process.kill(broker.pid, 'SIGKILL')
  process.once('exit', killWithUs)
  const stop = async (): Promise<void> => {
    process.removeListener('exit', killWithUs)
    await broker.stop()
  }
  const isInspected = options.nodeFlags?.includes(inspectFlag)
  return {
    bootstrap: broker.bootstrap,
    pid: broker.pid,
    stop,
    ...(isInspected && { inspect: () => Inspector.connect(broker.log()) }),
  }
}

export function startPeer(options: ApacheKafkaOptions = {}): Promise<MeasuredBroker> {
  // A topic that was used is to be gone from the disk before the next one is measured.
  const properties = { 'log.segment.delete.delay.ms': '500', ...options.properties }
  return startApacheKafka({ ...options, properties })
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
