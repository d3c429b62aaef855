/** Apache Kafka and our broker beside each other, for tests that ask both the same. */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLogger } from '../../src/runtime/runtime.ts'
import type { ServerOptions } from '../../src/server/server-options.ts'
import { KafkaServer } from '../../src/server/server.ts'
import { startApacheKafka, type ApacheKafkaOptions } from '../support/apache-kafka.ts'

export interface BothOptions {
  readonly own?: ServerOptions
  readonly properties?: ApacheKafkaOptions['properties']
  /** What has to be in our data folder before the broker starts. */
  readonly prepare?: (dataFolder: string) => Promise<unknown>
}

export interface BothBrokers {
  /** Each is `host:port`. */
  readonly theirs: string
  readonly ours: string
  stop(): Promise<void>
}

export async function startBoth(options: BothOptions = {}): Promise<BothBrokers> {
  const root = mkdtempSync(join(tmpdir(), 'both-brokers-'))
  const stack = new AsyncDisposableStack()
  stack.defer(() => rmSync(root, { recursive: true, force: true }))
  try {
    const dataFolder = join(root, 'ours')
    await options.prepare?.(dataFolder)
    const server = await KafkaServer.start({
      port: 0,
      dataFolder,
      logger: silentLogger,
      ...options.own,
    })
    stack.defer(() => server.close())
    const kafka = await startApacheKafka({
      heap: '512m',
      dataFolder: join(root, 'kafka'),
      ...(options.properties && { properties: options.properties }),
    })
    stack.defer(() => kafka.stop())
    return {
      theirs: kafka.bootstrap,
      ours: `127.0.0.1:${server.address.port}`,
      stop: () => stack.disposeAsync(),
    }
  } catch (error) {
    await stack.disposeAsync()
    throw error
  }
}
