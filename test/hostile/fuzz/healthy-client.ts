/**
 * A client that does nothing wrong, while others do: it writes numbers to a topic and reads them in
 * a group, each once and in order.
 */

import { Kafka } from '../../../src/index-node.ts'
import { healthyUser, password } from './users.ts'

export interface HealthyClientOptions {
  readonly port: number
  /** Whether it has to say who it is. */
  readonly isProtected: boolean
  readonly onFinding: (finding: string) => void
  /** A topic of its own for each life of the server. */
  readonly topic: string
}

const pauseMs = 50
/** A number that was not back after this time has been lost, or somebody is starved. */
const patienceMs = 30_000

export class HealthyClient {
  readonly #options: HealthyClientOptions
  /** Of the topic; nobody else must know it. */
  readonly topicId: string
  readonly #kafka: Kafka
  readonly #stop = new AbortController()
  #running: Promise<unknown> = Promise.resolve()
  #sent = 0
  #read = 0
  #readAtMs = performance.now()
  #slowestMs = 0

  private constructor(options: HealthyClientOptions, kafka: Kafka, topicId: string) {
    this.#options = options
    this.topicId = topicId
    this.#kafka = kafka
  }

  static async start(options: HealthyClientOptions): Promise<HealthyClient> {
    const kafka = kafkaOf(options)
    await kafka.admin.createTopic(options.topic, { partitions: 1 })
    const { id } = await kafka.admin.describeTopic(options.topic)
    const client = new HealthyClient(options, kafka, id)
    client.#running = Promise.all([client.#produce(), client.#consume()])
    return client
  }

  get readCount(): number {
    return this.#read
  }

  /** The longest that a `send` has taken. */
  get slowestMs(): number {
    return this.#slowestMs
  }

  /** Reads what is still to come, and says what is missing. */
  async stop(): Promise<void> {
    this.#stop.abort()
    await this.#running
    await this.#kafka.close()
  }

  async #produce(): Promise<void> {
    const producer = this.#kafka.producer<number>(this.#options.topic, { lingerMs: 0 })
    const { signal } = this.#stop
    while (!signal.aborted) {
      const startMs = performance.now()
      try {
        await producer.send(this.#sent)
      } catch (error) {
        return this.#options.onFinding(`the healthy client cannot produce: ${String(error)}`)
      }
      this.#sent++
      this.#slowestMs = Math.max(this.#slowestMs, performance.now() - startMs)
      await new Promise((resolve) => setTimeout(resolve, pauseMs))
    }
    await producer.close()
  }

  async #consume(): Promise<void> {
    const { topic } = this.#options
    const consumer = this.#kafka.consumer<number>(topic, { group: topic, offset: 'earliest' })
    const watch = setInterval(() => this.#checkPatience(), 1000)
    const ended = new AbortController()
    const enough = setInterval(() => {
      if (this.#stop.signal.aborted && this.#read >= this.#sent) ended.abort()
    }, 20)
    try {
      for (;;) {
        const record = await Promise.race([consumer.next(), aborted(ended.signal)])
        if (record === undefined) break
        if (record.value !== this.#read) {
          const where = `offset ${record.offset}`
          this.#options.onFinding(
            `the healthy client read ${record.value} at ${where}, not ${this.#read}`,
          )
          break
        }
        this.#read++
        this.#readAtMs = performance.now()
      }
    } catch (error) {
      this.#options.onFinding(`the healthy client cannot consume: ${String(error)}`)
    } finally {
      clearInterval(watch)
      clearInterval(enough)
      await consumer.close().catch(ignoreAsTheServerMayBeGone)
    }
  }

  #checkPatience(): void {
    if (this.#read >= this.#sent) this.#readAtMs = performance.now()
    if (performance.now() - this.#readAtMs < patienceMs) return
    this.#readAtMs = performance.now()
    const numbers = `sent ${this.#sent}, read ${this.#read}`
    this.#options.onFinding(`the healthy client waits for its records: ${numbers}`)
  }
}

function kafkaOf({ port, isProtected }: HealthyClientOptions): Kafka {
  const sasl = { mechanism: 'SCRAM-SHA-256', username: healthyUser, password } as const
  const url = `kafka://127.0.0.1:${port}`
  return new Kafka({ url, clientId: 'healthy', ...(isProtected ? { sasl } : {}) })
}

/** A finding has been reported by then. */
function ignoreAsTheServerMayBeGone(): void {}

function aborted(signal: AbortSignal): Promise<undefined> {
  if (signal.aborted) return Promise.resolve(undefined)
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(undefined), { once: true })
  })
}
