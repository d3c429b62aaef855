/** The broker that all others are around, and what is said while they meet. */

import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Kafka } from '../../src/index-node.ts'
import { silentLogger } from '../../src/runtime/runtime.ts'
import { KafkaServer } from '../../src/server/server.ts'
import { FaultyProxy } from '../exactly-once/faulty-proxy.ts'
import { seededRandom } from '../support/random.ts'
import type { Shop } from './build.ts'

export interface Invoice {
  readonly orderId: string
  readonly amount: number
}

const started = performance.now()

export function say(what: string): void {
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  process.stdout.write(`frameworks: ${seconds} s: ${what}\n`)
}

/** Asks again until `wanted` is the answer; the last answer is told where it never is. */
export async function eventually<Answer>(
  ask: () => Promise<Answer>,
  wanted: Answer,
): Promise<void> {
  const deadline = performance.now() + 15_000
  for (;;) {
    const answer = await ask()
    try {
      return assert.deepEqual(answer, wanted)
    } catch (error) {
      if (performance.now() > deadline) throw error
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
}

export class World {
  readonly shop: Shop
  readonly #dataFolder = mkdtempSync(join(tmpdir(), 'kafka-do-frameworks-'))
  #server: KafkaServer | undefined
  #port = 0
  #kafka: Kafka | undefined

  constructor(shop: Shop) {
    this.shop = shop
  }

  get kafka(): Kafka {
    return (this.#kafka ??= new Kafka({ url: this.url }))
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`
  }

  /** Starts a proxy that the broker can also be reached through. */
  startProxy(): Promise<FaultyProxy> {
    return FaultyProxy.start(seededRandom(1), this.#port)
  }

  /** Starts the broker, at the same place where it was before. */
  async startBroker(): Promise<void> {
    this.#server = await KafkaServer.start({
      host: '127.0.0.1',
      port: this.#port,
      dataFolder: this.#dataFolder,
      groups: { initialRebalanceDelayMs: 0 },
      logger: silentLogger,
    })
    this.#port = this.#server.address.port
  }

  async stopBroker(): Promise<void> {
    await this.#server?.close()
    this.#server = undefined
  }

  async memberCount(group: string): Promise<number> {
    return (await this.kafka.admin.describeGroup(group)).members.length
  }

  async lag(group: string): Promise<number> {
    return (await this.kafka.admin.describeGroup(group)).totalLag
  }

  async close(): Promise<void> {
    await this.#kafka?.close()
    await this.stopBroker()
    rmSync(this.#dataFolder, { recursive: true, force: true })
    rmSync(this.shop.folder, { recursive: true, force: true })
  }
}
